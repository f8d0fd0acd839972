#!/usr/bin/env bash
# A Ray cluster of processors, and a fleet of vLLM servers on GPUs. On every GPU machine, first:
#   vllm serve "$MODEL" --served-model-name base --enable-prefix-caching --enable-lora --max-lora-rank 16 \
#     --lora-modules policy=/models/persuader user=/models/persuadee --port 8000
# Then, on a machine of the cluster (begun with `ray start --head`, others with `ray start --address HEAD:6379`):
#   OPENAI_BASE_URL=http://gpu1:8000/v1,http://gpu2:8000/v1 OUT=/shared/trees ./ray_fleet.sh
# A larger server takes a larger part: http://gpu3:8000/v1#share=2. OUT is a folder that all machines of the cluster see.
# Watch: vLLM's "Prefix cache hit rate" (above 80%) and waiting requests (few), the worker lines on the screen.
set -euo pipefail
: "${OPENAI_BASE_URL:?addresses of the servers, with commas}" "${OUT:?a folder that all machines see}"
HERE="$(cd "$(dirname "$0")" && pwd)"

dialogym search --engine ray --address auto --workers "${WORKERS:-16}" --worker-gpus 0 --env PersuasionForGood-v0 \
  --option horizon=15 --config "$HERE/settings/search-paper.yaml" --policy openai:policy --user openai:user \
  --conversations "${CONVERSATIONS:-700}" --window "${WINDOW:-16}" --out "$OUT"
