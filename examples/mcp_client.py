"""An agent's tool: how sure is the model behind `credence serve` of an answer?"""

import asyncio
import os

from mcp import Client

URL = os.environ.get("CREDENCE_URL", "http://127.0.0.1:8000")


async def main():
    async with Client(f"{URL}/mcp") as agent:
        result = await agent.call_tool("how_sure", {"question": "What is the capital of Australia?"})
        print(result.structured_content["summary"])


asyncio.run(main())
