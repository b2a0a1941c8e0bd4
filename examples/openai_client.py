"""Any client of OpenAI's protocol gets a confidence from `credence serve`."""

import os

from openai import OpenAI

url = os.environ.get("CREDENCE_URL", "http://127.0.0.1:8000")
client = OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("CREDENCE_SERVICE_KEY", "unused"))
messages = [{"role": "user", "content": "What is the capital of Australia?"}]
reply = client.chat.completions.create(model="any", messages=messages)
print(reply.choices[0].message.content)
print(reply.credence["confidence"])
