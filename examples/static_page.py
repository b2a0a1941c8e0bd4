"""A static page that shows an answer and its confidence: python static_page.py FOLDER; python -m http.server -d FOLDER"""

import json
import os
import sys
from pathlib import Path

from credence_chat import answer_script, assess, open_chat_model

model = open_chat_model(os.environ.get("MODEL", "tiny"))
record = assess(model, "What is the capital of Australia?").to_dict()
folder = Path(sys.argv[1])
folder.mkdir(exist_ok=True)
(folder / "assessment.json").write_text(json.dumps(record))
(folder / "credence-answer.js").write_text(answer_script())
script = '<!doctype html><script type="module" src="credence-answer.js"></script>'
(folder / "index.html").write_text(f'{script}<credence-answer src="assessment.json"></credence-answer>')
