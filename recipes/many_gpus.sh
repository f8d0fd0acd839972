#!/usr/bin/env bash
# One machine with several GPUs (GPUS=4, or 8): trainings by accelerate, the search by one Ray actor a GPU.
#   GPUS=8 CORPUS=/data/persuasionforgood MODEL=/models/Llama-3.2-3B-Instruct ./many_gpus.sh
# Watch: the worker lines on the screen (all about as fast; "died" means memory: a smaller WINDOW), Ray's dashboard, nvidia-smi.
# Each step is skipped where its result is there; a search that was killed goes on.
set -euo pipefail
: "${CORPUS:?folder of the corpus}" "${MODEL:?folder or hub id of the base model}"
GPUS="${GPUS:-4}" WINDOW="${WINDOW:-64}" OUT="${OUT:-runs/many}" CONVERSATIONS="${CONVERSATIONS:-700}"
HERE="$(cd "$(dirname "$0")" && pwd)"
LAUNCH=(accelerate launch --config_file "$HERE/accelerate/ddp.yaml" --num_processes "$GPUS")

for seat in persuader persuadee; do
  [ -e "$OUT/$seat/training.json" ] || "${LAUNCH[@]}" -m dialogym train sft --env PersuasionForGood-v0 --corpus "$CORPUS" \
    --model "$MODEL" --seat "$seat" --layout figure --config "$HERE/settings/sft-lora.yaml" --out "$OUT/$seat"
done

dialogym search --engine ray --workers "$GPUS" --worker-gpus 1 --env PersuasionForGood-v0 --option horizon=15 \
  --config "$HERE/settings/search-paper.yaml" --policy "$OUT/persuader" --user "$OUT/persuadee" \
  --conversations "$CONVERSATIONS" --window "$WINDOW" --out "$OUT/search"

[ -e "$OUT/reward/training.json" ] || "${LAUNCH[@]}" -m dialogym train reward --model "$OUT/persuader" --pairs "$OUT/search" \
  --config "$HERE/settings/reward-packed.yaml" --out "$OUT/reward"
[ -e "$OUT/aligned/training.json" ] || "${LAUNCH[@]}" -m dialogym train dpo --model "$OUT/persuader" --pairs "$OUT/search" \
  --config "$HERE/settings/dpo-packed.yaml" --out "$OUT/aligned"
