"""Scores of one answer and of one ranking, as their sources define them. See evals/README.md.

Sources: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text" (2016) and "Know What
You Don't Know" (2018), with their evaluation script 2.0, for exact match and token F1; trec_eval, through the
library ir_measures, for rankings.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from qa.evaluation.questions import GoldSpan
from qa.types import Hit

DEPTH = 10
"""Rankings are judged down to this rank."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
# Thai, Lao, Khmer, Japanese, Chinese: written without spaces, so that "a whole word" means nothing there.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_GOLD = "gold"


def squad_normalise(text: str) -> str:
    """Return `text` in lower case without ASCII punctuation, English articles and extra white space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1.0 when the normalised prediction equals any gold answer, else 0.0."""
    return _best(prediction, answers, lambda one, other: float(one == other))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall over shared tokens: the best over the gold answers."""
    return _best(prediction, answers, _f1)


def _best(prediction: str, answers: Iterable[str], score: Callable[[str, str], float]) -> float:
    # As SQuAD 2.0 does: a gold answer of which nothing is left is no gold answer, unless there is no other.
    golds = [gold for answer in answers if (gold := squad_normalise(answer))] or [""]
    return max(score(squad_normalise(prediction), gold) for gold in golds)


def _f1(prediction: str, gold: str) -> float:
    predicted, wanted = prediction.split(), gold.split()
    if not predicted or not wanted:
        return float(predicted == wanted)
    shared = (Counter(predicted) & Counter(wanted)).total()
    return 2 * shared / (len(predicted) + len(wanted))


def quote_contains_answer(quote: str, answers: Iterable[str]) -> bool:
    """Tell whether a gold answer stands in `quote`, both normalised, as whole words."""
    return any(_contains(squad_normalise(quote), gold) for answer in answers if (gold := squad_normalise(answer)))


def _contains(text: str, gold: str) -> bool:
    return gold in text if _UNSPACED.search(gold) else f" {gold} " in f" {text} "


def overlaps(hit: Hit, span: GoldSpan) -> bool:
    """Tell whether the hit's passage and a gold span share at least one character of the same article."""
    passage = hit.passage
    return passage.article_id == span.article_id and passage.start < span.end and span.start < passage.end


def by_span(hits: Sequence[Hit], spans: Sequence[GoldSpan]) -> dict[str, float]:
    """Score a ranking of passages against gold spans, which are alternatives: one found is all found.

    The first passage that overlaps any of the spans stands for the one relevant thing there is. So recall@k
    is 1 when it is among the first k (success@k), MRR is one over its rank and nDCG@10 one over the binary
    logarithm of its rank plus one; further passages that overlap neither add nor take away.
    """
    first = next((index for index, hit in enumerate(hits) if any(overlaps(hit, span) for span in spans)), None)
    ranked = [_GOLD if index == first else str(index) for index in range(len(hits))]
    return ranking_scores(ranked, {_GOLD: 1})


def by_article(hits: Sequence[Hit], grades: Mapping[str, int]) -> dict[str, float]:
    """Score a ranking of passages against graded articles; an article has the rank of its first passage."""
    return ranking_scores(list(dict.fromkeys(hit.passage.article_id for hit in hits)), grades)


def first_of_articles(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the first hit of each article, in order."""
    firsts: dict[str, Hit] = {}
    for hit in hits:
        firsts.setdefault(hit.passage.article_id, hit)
    return tuple(firsts.values())


def ranking_scores(ranked: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """Return recall@1, recall@5, recall@10, mrr and ndcg@10 of a ranking of ids without repetition.

    Ids with a grade above zero are relevant. The gain of nDCG is the grade itself, and MRR stops at rank 10.
    Source: trec_eval, run through ir_measures.
    """
    # Slow to import, and only a run of an evaluation needs it.
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures = {"recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10, "mrr": RR @ DEPTH, "ndcg@10": nDCG @ 10}
    # trec_eval sorts by score and ignores the order it is given.
    run = {item: float(len(ranked) - index) for index, item in enumerate(ranked)}
    found = ir_measures.iter_calc(list(measures.values()), {"q": dict(grades)}, {"q": run})
    values = {metric.measure: float(metric.value) for metric in found}
    return {name: values[measure] for name, measure in measures.items()}
