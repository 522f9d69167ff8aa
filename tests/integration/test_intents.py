"""What a message wants is told in words that no example has, and learned from few."""

from __future__ import annotations

import numpy as np
import pytest

from qa.models.intents import intent_model
from qa.models.low_rank import LEFT, RIGHT, restored
from training.heads import Example
from training.intents import trained
from training.low_rank import exported

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("good evening to you", "talk_greeting"),
        ("What ever happened to the orchard appeal?", "summary"),
        ("how did the cellar flood start?", "question"),
        ("what papers did she want burnt?", "question"),
        ("please list your articles about the orchard", "catalogue_articles"),
        ("do the reports agree on how many sheep died?", "differ"),
        ("Is the orchard still shut?", "latest"),
    ],
)
def test_what_a_message_wants(message: str, intent: str) -> None:
    """How it asks counts, and not about what."""
    probabilities = intent_model().probabilities([message])
    assert max(probabilities, key=lambda one: probabilities[one]) == intent
    assert sum(probabilities.values()) == pytest.approx(1.0)


def test_several_wordings_count_alike() -> None:
    """The probabilities of a message are the mean of those of its wordings."""
    model = intent_model()
    both = model.probabilities(["hello", "who won the cup?"])
    hello, asked = model.probabilities(["hello"]), model.probabilities(["who won the cup?"])
    assert both["talk_greeting"] == pytest.approx(
        (hello["talk_greeting"] + asked["talk_greeting"]) / 2
    )


def test_a_network_learns_from_examples() -> None:
    """After a few passes it tells other wordings apart; what is added to each layer ships rounded."""
    greetings = "hello", "hi there", "good morning", "hey", "good day to you", "greetings"
    questions = (
        "who won?",
        "when was that?",
        "where is it?",
        "who paid?",
        "what burned?",
        "how far?",
    )
    examples = [Example(text, "greeting", 0) for text in greetings]
    examples += [Example(text, "asked", 0) for text in questions]
    network = trained(examples * 8, epochs=6)
    logits = network(["good evening", "who lost?"])
    assert [network.kinds[at] for at in logits.argmax(dim=1)] == ["greeting", "asked"]
    learned = {name: value.detach().numpy() for name, value in network.named_parameters()}
    held = restored(exported(learned, 8))
    name = "encoder.layer.0.attention.self.query"
    product = held[name + LEFT].T @ held[name + RIGHT]
    whole = learned["layers.0.query.b"] @ learned["layers.0.query.a"]
    assert np.linalg.norm(product - whole) < 0.1 * np.linalg.norm(whole)
    assert np.allclose(held["head.weight"], learned["head.weight"], atol=1e-2)
