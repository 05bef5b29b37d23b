# One image for every role; compose.yml says which. It carries config.yml and the knowledge base: build it again
# after you have changed them.
FROM python:3.11-slim

WORKDIR /app
ENV PYTHONUNBUFFERED=1

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE config.yml ./
COPY bot bot
COPY channels channels
COPY console console
COPY core core
COPY handoff handoff
COPY migrations migrations
COPY nlu nlu
RUN pip install --no-cache-dir --no-deps -e . \
    && useradd --system --home-dir /app shouwen \
    && mkdir data && chown shouwen data

USER shouwen
VOLUME /app/data
EXPOSE 8080
# In a container the published port decides who can connect.
CMD ["shouwen", "run", "--host", "0.0.0.0"]
