#!/usr/bin/env bash
# One machine, one GPU: the whole way with the paper's settings for persuasion. Killed, the same command goes on.
#   CORPUS=/data/persuasionforgood MODEL=/models/Llama-3.2-3B-Instruct ./one_gpu.sh
# Watch: nvidia-smi (a GPU below 80% wants a larger window), the folder's trees.jsonl growing, failed conversations on the screen.
set -euo pipefail
: "${CORPUS:?folder of the corpus}" "${MODEL:?folder or hub id of the base model}"
OUT="${OUT:-runs/paper}"

dialogym run --preset paper-persuasion --corpus "$CORPUS" --model "$MODEL" --out "$OUT"
