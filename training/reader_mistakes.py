"""Writes what the shipped reader answers to the stories' unanswerable questions: all of it wrong.

    python -m training.reader_mistakes FILE

They teach the judge: nothing else looks as much like an answer.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from training.inference import predict_shipped
from training.judge_data import answered
from training.sources import Context


def main() -> None:
    """Read each question's article, and write the best span."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    file = parser.parse_args().file
    asked = [
        (row["question"], story.texts[row["article"]])
        for story in answered(Path(os.environ["QA_DATASETS"]))
        for row in story.questions
        if row["answer"] is None
    ]
    given = predict_shipped([(question, Context("", "", text)) for question, text in asked])
    with file.open("w", encoding="utf-8") as lines:
        for (question, _), prediction in zip(asked, given, strict=True):
            row = {
                "question": question,
                "answer": prediction.text,
                "margin": round(prediction.margin, 3),
            }
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
