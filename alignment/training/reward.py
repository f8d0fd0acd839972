"""The reward model learned from preference pairs: it ranks replies for Best-of-N and for D_t (paper §3.3, §5.1).

It is the policy with its output layer replaced by one number, read at the last token of a chat, and a LoRA adapter, or of a
small model all matrices, trained so that chosen replies score higher than rejected ones (Bradley-Terry).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification
from trl import RewardConfig, RewardTrainer

from ...agents.engine.loading import adapter_config, attach, base_of, is_adapter, load_model, load_tokenizer
from ...agents.engine.transformers_backend import TransformersBackend
from ...agents.prompting import Layout, control_tokens, messages, render, thought_of, written
from ...envs.chat import Message
from ...envs.dialogue import Utterance
from ...envs.errors import ContextTooLong, InvalidConfig, InvalidModel
from ...envs.scenario import View
from ...search.best_of_n import Score
from ..preferences.pair import SIDES, PreferencePair
from .objectives import Evidence
from .processes import whole_state
from .rows import fit_pairs, thoughts_alone, window
from .settings import RewardSettings
from .trainer import Progress, TrainingFigures, arguments, fresh, lora, save, session, train
from .tree_model import chosen_trainer, reply_scores
from .tree_trainer import TreeReward, TreeTrainer, adapted, one_pack_each, packed, whole

_TOKENS = 8192  # a batch's tokens when scoring, padding included


def train_reward(
    policy: str,
    pairs: Sequence[PreferencePair],
    out: Path,
    settings: RewardSettings,
    progress: Progress | None = None,
) -> TrainingFigures:
    """Trains a reward model on top of a policy and saves its adapter, or with `settings.full` the whole of it, in `out`.

    Args:
        policy: name of the language model to start from, usually the SFT model; an adapter is merged first.
        pairs: preference pairs; a share of their users is held out.
        out: folder for the weights, the tokenizer and `training.json`.
        settings: of the training.
        progress: called after every update and evaluation.

    Returns:
        The figures; `metrics` holds "accuracy" (share of held-out pairs whose chosen reply scores higher) and
        "margin" (mean difference of the scores).

    Raises:
        InvalidModel: the policy cannot be loaded or has no variant with a score.
        InvalidConfig: there are no pairs, or `settings.thoughts` is on and a reply has none.
        ContextTooLong: a pair does not fit, and `skip_long` is off.
        RunExists: `out` holds an adapter already.
    """
    fresh(out)
    if settings.thoughts:
        pairs = thoughts_alone(pairs)
    with session(settings):
        tokenizer = load_tokenizer(policy)
        model = _scorer(policy, tokenizer)
        rows, sets = fit_pairs(tokenizer, pairs, window(model, tokenizer, settings), settings)
        if settings.use_margin:
            for part, indices in zip(sets, (rows.train, rows.held_out), strict=True):
                for row, index in zip(part, indices, strict=True):
                    row["margin"] = pairs[index].gap
        if chosen_trainer(settings, model, max(rows.lengths.values()), reply_scores) == "tree":
            trainer: Any = TreeTrainer(
                whole(model, settings) if settings.full else adapted(model, settings, "SEQ_CLS", ["score"]),
                one_pack_each(RewardConfig, settings, out),
                packed(tokenizer, pairs, rows, settings), TreeReward(settings, Evidence.of(pairs)), tokenizer)
        else:
            trainer = _trainer_on_rows(model, tokenizer, sets, settings, out)
        figures = train(trainer, "reward", rows, settings, progress)
        state = whole_state(trainer)
        if rows.held_out and state is None:
            judge = RewardModel(trainer.model, tokenizer)
            kept = [pairs[index] for index in rows.held_out]
            scores = judge.score([p.chat(side) for p in kept for side in SIDES])
            gaps = [good - bad for good, bad in zip(scores[::2], scores[1::2], strict=True)]
            exact = {"accuracy": sum(gap > 0 for gap in gaps) / len(gaps), "margin": sum(gaps) / len(gaps)}
            figures = replace(figures, metrics={"eval_loss": figures.metrics["eval_loss"], **exact})
        save(trainer.model, tokenizer, out, None if settings.full else policy, figures, state)
    return figures


def _trainer_on_rows(model: Any, tokenizer: Any, sets: Sequence[list[dict[str, Any]]], settings: RewardSettings,
                     out: Path) -> Any:
    """TRL's trainer, for padded batches of rows."""
    return RewardTrainer(
        model=model, processing_class=tokenizer,
        args=arguments(RewardConfig, settings, out, center_rewards_coefficient=settings.center or None),
        train_dataset=Dataset.from_list(sets[0]),
        eval_dataset=Dataset.from_list(sets[1]) if sets[1] else None,
        peft_config=lora(settings.lora, "SEQ_CLS", ["score"]),
    )  # fmt: skip


class RewardModel:
    """Scores replies in context; higher is better, and only differences mean anything.

    Args:
        model: a sequence classification model with one label and its padding token set.
        tokenizer: of that model.
        thoughts: it was trained on the thoughts at the heads of replies, and reads no more of one (`RewardSettings.thoughts`).
    """

    def __init__(self, model: Any, tokenizer: Any, *, thoughts: bool = False) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._thoughts = thoughts
        self._control = control_tokens(tokenizer)
        self._engine: TransformersBackend | None = None

    @classmethod
    def load(cls, folder: str | Path) -> RewardModel:
        """Loads what `train_reward` saved. Raises InvalidModel when the folder holds no reward model."""
        name = str(folder)
        if not (adapter_config(name).get("task_type") == "SEQ_CLS" if is_adapter(name) else _scores(name)):
            raise InvalidModel(f"{name!r} holds no reward model; name a folder that train_reward wrote.")
        tokenizer = load_tokenizer(name)
        if is_adapter(name):
            model = attach(_scorer(base_of(name), tokenizer), name, trainable=False).merge_and_unload()
        else:
            model = _whole(name)
        judge = cls(model, tokenizer, thoughts=_reads_thoughts(Path(name)))
        # Candidates of one turn and turns of one conversation begin alike: what they share is run once.
        judge._engine = TransformersBackend(judge._model, stop=[tokenizer.pad_token_id], head=judge._model.score)
        return judge

    def score(self, chats: Sequence[Sequence[Message]]) -> list[float]:
        """One score per chat; each chat ends with the assistant's reply that is judged, or in whose thought it is.

        Raises:
            InvalidConfig: a chat does not end with the assistant.
            ContextTooLong: a chat does not fit the model's window.
        """
        for index, chat in enumerate(chats):
            if not chat or chat[-1]["role"] != "assistant":
                raise InvalidConfig(f"Chat {index} does not end with an assistant's reply to score; add it.")
        if not chats:
            return []
        if self._thoughts:
            chats = [[*chat[:-1], _thinking(chat[-1])] for chat in chats]
        texts = [render(self._tokenizer, chat, self._control, reply=False) for chat in chats]
        rows = self._tokenizer(texts, add_special_tokens=False)["input_ids"]
        limit = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        for index, row in enumerate(rows):
            if limit and len(row) > limit:
                raise ContextTooLong(
                    f"Chat {index} has {len(row)} tokens, but {limit} fit the reward model; shorten it."
                )
        return self._score(rows)

    def judge(self, layout: Layout = "chat") -> Score:
        """The model as a score of replies in their views, for best-of-N (paper §5.1), reading prompts of that layout."""
        def score(replies: Sequence[tuple[View, Utterance]]) -> list[float]:
            return self.score([[*messages(view, layout), written(view, reply, layout)] for view, reply in replies])

        return score

    def _score(self, rows: Sequence[Sequence[int]]) -> list[float]:
        """Scores of token rows: with shared prefixes when the model was loaded, else rows of like length together."""
        if self._engine is not None:
            return [float(found[0]) for found in self._engine.last_outputs([tuple(row) for row in rows])]
        scores = [0.0] * len(rows)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]), reverse=True)
        while order:
            width = len(rows[order[0]])
            batch, order = order[: max(1, _TOKENS // width)], order[max(1, _TOKENS // width) :]
            tokens = torch.full((len(batch), width), self._tokenizer.pad_token_id)
            mask = torch.zeros_like(tokens)
            for line, index in enumerate(batch):
                tokens[line, : len(rows[index])] = torch.tensor(rows[index])
                mask[line, : len(rows[index])] = 1
            with torch.inference_mode():
                device = self._model.device
                found = self._model(input_ids=tokens.to(device), attention_mask=mask.to(device)).logits
            for line, index in enumerate(batch):
                scores[index] = float(found[line, 0])
        return scores


def _thinking(message: Message) -> Message:
    """The message without its words; one that has no thought stays whole."""
    return {**message, "content": thought_of(message["content"]) or message["content"]}


def _reads_thoughts(folder: Path) -> bool:
    """Whether the reward model in a folder was trained on thoughts alone."""
    path = folder / "training.json"
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8")).get("settings", {}).get("thoughts"))


def _scorer(policy: str, tokenizer: Any) -> Any:
    """The policy, adapter merged, in float32, with a new output of one number. Raises InvalidModel."""
    causal = load_model(policy, dtype=torch.float32)
    config = deepcopy(causal.config)
    config.num_labels = 1
    config.get_text_config().pad_token_id = tokenizer.pad_token_id  # where the last token is found
    kind: Any = AutoModelForSequenceClassification
    scorer: Any = None
    if type(config) in kind._model_mapping:
        with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
            scorer = kind.from_config(config, trust_remote_code=False)
    if not hasattr(scorer, "score"):
        raise InvalidModel(
            f"{policy!r} is a {causal.config.model_type}, for which transformers has no variant with a score; "
            "name a Llama, Qwen, Mistral or similar model."
        )
    setattr(scorer, scorer.base_model_prefix, getattr(causal, causal.base_model_prefix))
    width = scorer.score.in_features
    scorer.score = torch.nn.Linear(width, 1, bias=scorer.score.bias is not None, device=causal.device)
    torch.nn.init.normal_(scorer.score.weight, std=0.02)
    return scorer.float().eval()


def _whole(folder: str) -> Any:
    """A model that was saved whole, with its score. Raises InvalidModel where weights are missing: they would be random."""
    try:
        model, info = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False, output_loading_info=True)
    except Exception as error:
        raise InvalidModel(f"The reward model in {folder!r} could not be loaded ({error}); train it again.") from error
    if missing := sorted(info["missing_keys"]):
        raise InvalidModel(f"The reward model in {folder!r} lacks {', '.join(missing)}; train it again.")
    return model


def _scores(folder: str) -> bool:
    """Whether the folder holds a whole model with a score."""
    path = Path(folder) / "config.json"
    kinds = json.loads(path.read_text(encoding="utf-8")).get("architectures") or [] if path.is_file() else []
    return any(kind.endswith("ForSequenceClassification") for kind in kinds)

