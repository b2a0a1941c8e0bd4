# The chat on a CPU, with the built-in model. --build-arg REQUIREMENTS=requirements.txt installs every extra but “mcp”, some gigabytes more.
FROM python:3.12-slim
ARG REQUIREMENTS=core.txt

RUN useradd --create-home --uid 1000 credence && mkdir /data && chown credence /data
WORKDIR /app
COPY requirements.txt .
RUN sed '/^# Extra/,$d' requirements.txt > core.txt
RUN python -m pip install --no-cache-dir --disable-pip-version-check -r "$REQUIREMENTS"
COPY . .

USER credence
ENV CREDENCE_DATA=/data CREDENCE_CACHE=/data/cache GRADIO_SERVER_NAME=0.0.0.0 PORT=7860
VOLUME /data
EXPOSE 7860
HEALTHCHECK --start-period=15m CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/v1/credence/health')"]
CMD ["python", "app.py"]
