"""Copy a ready-made study to edit: ``python -m study new TEMPLATE FILE.yaml``.

The template comes with its frozen answers, so you can serve it right away:

  own-answer-first   people answer, see an AI's answer, and may change their mind
  accept-reject      people accept or reject answers from an AI
  free-chat          people chat with the live model to find answers
  annotation         raters label whether answers are correct and how sure they sound
"""

import argparse
from pathlib import Path

from study.design.templates import NAMES, PACKAGE, copy_template


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The template and the new file."""
    parser.add_argument("template", choices=NAMES, metavar="TEMPLATE")
    parser.add_argument("file", type=Path, metavar="FILE.yaml")


def run(args: argparse.Namespace) -> int:
    """Copy a template; returns the exit code."""
    written = copy_template(args.template, args.file)
    print(f"{' and '.join(map(str, written))}: edit the study, then run")
    print(f"  python -m {PACKAGE} check {args.file}")
    print(f"  python -m {PACKAGE} serve {args.file}")
    return 0
