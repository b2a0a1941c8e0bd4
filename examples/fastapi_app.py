"""The chat page under a path of a FastAPI app."""

import os

import uvicorn
from fastapi import FastAPI

from credence_chat import mount

app = FastAPI()
mount(app, "/chat", os.environ.get("MODEL", "tiny"))
if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))  # http://127.0.0.1:8000/chat
