# The chat and the command line `qa`. Nothing is downloaded when a container runs.
#
#   docker build --tag qa-articles .
#   docker run --rm -v qa-data:/data -v "$PWD/corpus:/articles:ro" qa-articles index /articles
#   docker run --rm -v qa-data:/data -p 127.0.0.1:7860:7860 qa-articles

FROM python:3.11-slim

# If your package index has only CUDA builds of PyTorch, name the index of its CPU builds, as the "Get
# started" page of PyTorch gives it:
# --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL=
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /src
# The lock names everything: PyTorch's own list of dependencies would add gigabytes of CUDA libraries.
COPY requirements.lock ./
RUN pip install --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY qa ./qa
RUN pip install --no-deps --no-build-isolation .

RUN useradd --create-home --uid 1000 qa && install --directory --owner=qa --group=qa /data
USER qa
WORKDIR /home/qa

# The index, with the conversations and the articles that were added in the chat.
ENV QA_INDEX=/data/index
VOLUME /data

# --open, because there is no login until there are users (qa users add) or QA_LOGIN is set: publish
# the port on this machine's loopback address only.
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/api/v1/health', timeout=8)"]
# As process 1, Python ends at Ctrl-C but not at the default signal.
STOPSIGNAL SIGINT
ENTRYPOINT ["qa"]
CMD ["serve", "--host", "0.0.0.0", "--open"]
