"""Serves the API, the proxy and the MCP tools of a model until it is stopped."""

import uvicorn
from langchain_core.language_models import BaseChatModel

from service.app import PREFIX
from service.guards.public import public, service_guards
from service.listening import address, listen
from service.together import services

GOODBYE = 5  # seconds for running requests when the server stops


def serve(model: BaseChatModel, host: str, port: int) -> None:
    """Serve a model; raises CredenceError if the port is taken, or a setting of the environment is not valid."""
    how = public(host)
    with listen(host, port) as listening:
        port = listening.getsockname()[1]
        config = uvicorn.Config(
            services(model, key=how.key, host=host).app(service_guards(how)),
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GOODBYE,
        )
        base = f"{address(host, port)}{PREFIX}"
        print(f"Credence is ready at {base} (stop it with Ctrl+C); its endpoints: {base}/docs", flush=True)
        uvicorn.Server(config).run(sockets=[listening])
