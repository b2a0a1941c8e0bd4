"""A LangChain agent that abstains when its confidence is low."""

import os

from langchain.agents import create_agent

from credence_chat import ConfidenceMiddleware, assessment_of, open_chat_model

model = open_chat_model(os.environ.get("MODEL", "tiny"))  # or any chat model of LangChain
agent = create_agent(model, middleware=[ConfidenceMiddleware("abstain", threshold=0.9)])
result = agent.invoke({"messages": [("user", "What is the capital of Australia?")]})
message = result["messages"][-1]
print(message.text)
print(assessment_of(message).decision.confidence)
getattr(model, "close", lambda: None)()
