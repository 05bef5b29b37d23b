"""Configuration: `config.yml` for how it works, the environment (or `.env`) for addresses and secrets."""

import contextlib
import dataclasses
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.decisions import Policy
from bot.desk_config import DeskSection, SlackChannel
from bot.report_config import ReportsSection
from bot.sections import Section, Titles
from bot.sign_in import OpenIdSettings, SignInSection, check_provider
from core.errors import ConfigError
from core.languages import ReplyLanguage
from core.mail import SmtpServer, check_sender, parse_smtp
from core.masking import HOME_REGION
from core.yaml_files import YamlFile, read_yaml
from handoff.privacy.retention import Retention
from handoff.settings import DeskSettings
from nlu.encoders.settings import EncoderSettings, Kind

MIN_SECRET = 32  # characters: whoever guesses it can sign in as any agent


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, like Asia
        raise ValueError(f"{name} is not a time zone; write for example Asia/Shanghai") from error
    return name


class ShopSection(Section):
    """The shop itself."""

    name: Titles
    default_language: ReplyLanguage = "zh"
    time_zone: Annotated[str, AfterValidator(_check_zone)] = "Asia/Shanghai"


class BotSection(Section):
    """How careful the bot is."""

    knowledge: Path = Path("nlu/sample_kb")
    target_precision: float = Field(default=0.9, ge=0.5, le=0.999)
    answer_at: float | None = Field(default=None, ge=0, le=1)
    offer_at: float | None = Field(default=None, ge=0, le=1)
    misses_before_handoff: int = Field(default=2, ge=1, le=10)
    flood_messages: int = Field(default=10, ge=1)
    flood_seconds: float = Field(default=10, gt=0)
    long_text: int = Field(default=2_000, ge=100)
    ask_helpful: bool = True

    def policy(self) -> Policy:
        """The policy; each entry's learned thresholds count unless they are set here for all."""
        return Policy(
            answer_at=self.answer_at,
            offer_at=self.offer_at,
            misses_before_handoff=self.misses_before_handoff,
            flood_messages=self.flood_messages,
            flood_seconds=self.flood_seconds,
            long_text=self.long_text,
        )


class EncoderSection(Section):
    """Where sentence vectors come from; see docs/encoders.md."""

    kind: Kind = Kind.UNIVERSAL
    model: str = ""
    url: str = ""
    dimensions: int | None = Field(default=None, ge=1, le=8192)
    download: bool = False
    batch: int = Field(default=32, ge=1, le=2048)
    longest: int = Field(default=1_200, ge=50)

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if (self.kind is Kind.UNIVERSAL) == bool(self.model):
            raise ValueError(
                f"kind: {self.kind} and model: {self.model!r} do not go together; see docs/encoders.md"
            )
        if (self.kind is Kind.ENDPOINT) != bool(self.url):
            raise ValueError("url belongs to kind: endpoint, and to no other")
        if self.kind is Kind.UNIVERSAL and self.dimensions:
            raise ValueError("kind: universal has 1024 dimensions; leave them out")
        return self

    def settings(self, secret: str | None) -> EncoderSettings:
        """As `nlu` takes it, with the endpoint's key."""
        return EncoderSettings(**self.model_dump(), secret=secret)


class NluSection(Section):
    """How messages are understood."""

    encoder: EncoderSection = EncoderSection()


class WebSection(Section):
    """The web server."""

    host: str = "127.0.0.1"
    demo: bool = True
    sign_in: SignInSection = SignInSection()
    allowed_origins: list[str] = Field(default_factory=list)


def _check_region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{code} is not a region with telephone numbers; write for example CN or US")
    return code


class RetentionSection(Section):
    """How many days each kind is kept; see docs/privacy.md. Nothing said: for ever."""

    messages: int | None = Field(default=None, ge=1)
    tickets: int | None = Field(default=None, ge=1)
    customers: int | None = Field(default=None, ge=1)
    inbox: int | None = Field(default=90, ge=7)  # vendors send again for days
    outbox: int | None = Field(default=90, ge=7)

    def settings(self) -> Retention:
        """As `handoff` takes it."""
        days: dict[str, int | None] = self.model_dump()
        return Retention(
            **{kind: None if count is None else timedelta(days=count) for kind, count in days.items()}
        )


class PrivacySection(Section):
    """What is masked, and how long persons' data is kept."""

    region: Annotated[str, AfterValidator(_check_region)] = HOME_REGION
    retention: RetentionSection = RetentionSection()


class TelegramSection(Section):
    """How Telegram reaches us."""

    mode: Literal["polling", "webhook"] = "polling"


class SlackSection(Section):
    """Where in Slack people are customers: docs/slack.md."""

    direct_messages: bool = False
    channels: list[SlackChannel] = Field(default_factory=list)

    @property
    def is_used(self) -> bool:
        return self.direct_messages or bool(self.channels)


class KnowledgeSection(Section):
    """How the knowledge base is published."""

    second_pair: bool = False  # nobody publishes what they have edited last


class ChannelsSection(Section):
    """Settings of single channels."""

    telegram: TelegramSection = TelegramSection()
    slack: SlackSection = SlackSection()


class Config(Section):
    """The whole of config.yml."""

    shop: ShopSection
    bot: BotSection = BotSection()
    knowledge: KnowledgeSection = KnowledgeSection()
    nlu: NluSection = NluSection()
    desk: DeskSection
    web: WebSection = WebSection()
    channels: ChannelsSection = ChannelsSection()
    privacy: PrivacySection = PrivacySection()
    reports: ReportsSection = ReportsSection()
    data_folder: Path = Path("data")

    def desk_settings(
        self, environment: "Environment | None" = None, *, desk: DeskSection | None = None
    ) -> DeskSettings:
        """The desk's part as values that `handoff` works with; what the environment has an address for is in use.

        `desk` is this part with changes laid over it.
        """
        ports = ["log"]
        if environment and environment.alerts_webhook_url:
            ports.append("webhook")
        slack = environment is not None and environment.slack_bot_token is not None
        if slack and self.desk.slack.channels:
            ports.append("slack")
        # What comes in from customers comes by the desk's door, also where no queue has a channel.
        slack = slack and bool(self.desk.slack.channels or self.channels.slack.is_used)
        settings = (desk or self.desk).settings(
            zone=ZoneInfo(self.shop.time_zone), alert_ports=ports, slack=slack
        )
        return dataclasses.replace(settings, region=self.privacy.region)


class Environment(BaseModel):
    """Addresses and secrets. Empty variables count as unset."""

    model_config = ConfigDict(frozen=True)

    database_url: str
    redis_url: str | None = None
    rasa_url: str | None = None
    embeddings_key: str | None = None
    telegram_bot_token: str | None = None
    telegram_api_url: str | None = None
    telegram_webhook_secret: str | None = None
    slack_bot_token: str | None = None
    slack_signing_secret: str | None = None
    slack_app_token: str | None = None
    slack_api_url: str | None = None
    public_url: str | None = None
    alerts_webhook_url: str | None = None
    smtp_url: SmtpServer | None = None
    mail_from: str | None = None
    secret_key: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    port: int = 8080

    @property
    def openid(self) -> OpenIdSettings | None:
        """The OpenID provider, if there is one."""
        if self.oidc_issuer is None:
            return None
        return OpenIdSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id or "",
            client_secret=self.oidc_client_secret or "",
        )


def load_config(path: Path) -> Config:
    """Read config.yml. Raises `ConfigError`, which names the line and the mend.

    Relative paths in it are meant from its own folder.
    """
    document = read_yaml(path)
    config = document.parse(Config)
    _check_queues(document, config.desk)
    _check_slack_channels(document, config)
    base = path.resolve().parent
    return config.model_copy(
        update={
            "data_folder": base / config.data_folder,
            "bot": config.bot.model_copy(update={"knowledge": base / config.bot.knowledge}),
            "nlu": _located(config.nlu, base),
            "desk": config.desk.model_copy(update={"banned_phrases": base / config.desk.banned_phrases}),
        }
    )


def _located(nlu: NluSection, base: Path) -> NluSection:
    """A model that is a folder beside the configuration is found from everywhere."""
    encoder = nlu.encoder
    if not encoder.model or not (base / encoder.model).is_dir():
        return nlu
    return nlu.model_copy(update={"encoder": encoder.model_copy(update={"model": str(base / encoder.model)})})


def _check_queues(document: YamlFile, desk: DeskSection) -> None:
    """Every queue that is used must exist; told here, where the line of each use is known."""
    for place, queue in desk.unknown_queues():
        problem = f"the queue {queue!r} is not among desk.queues"
        raise document.error(("desk", *place), problem, f"Use one of: {', '.join(desk.queues)}")


def _check_slack_channels(document: YamlFile, config: Config) -> None:
    """Where agents talk about customers, customers must not be."""
    queues = {channel: queue for queue, channel in config.desk.slack.channels.items()}
    for number, channel in enumerate(config.channels.slack.channels):
        if channel in queues:
            problem = (
                f"customers would read the tickets: {channel} is the channel of the queue {queues[channel]!r}"
            )
            mend = "Take another channel for customers, or for desk.slack.channels"
            raise document.error(("channels", "slack", "channels", number), problem, mend)
    for name, report in config.reports.planned().items():
        if report.slack in config.channels.slack.channels:
            problem = f"customers would read the report: they write in {report.slack}"
            raise document.error(("reports", name, "slack"), problem, "Take a channel without customers")


def load_environment(
    config: Config, *, dotenv: Path = Path(".env"), variables: Mapping[str, str] | None = None
) -> Environment:
    """Read the environment; `.env` fills what is not set there. Raises `ConfigError`."""
    values = _set_values(_read_dotenv(dotenv)) | _set_values(os.environ if variables is None else variables)
    port = values.get("PORT", "8080")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        raise ConfigError("PORT", f"{port} is not a port", "Set a number from 1 to 65535, for example 8080")
    check_provider(values, config.web.sign_in)
    return Environment(
        database_url=values.get("DATABASE_URL", f"sqlite:///{config.data_folder / 'shouwen.db'}"),
        redis_url=values.get("REDIS_URL"),
        rasa_url=values.get("RASA_URL"),
        embeddings_key=values.get("EMBEDDINGS_KEY"),
        telegram_bot_token=_check_telegram(values.get("TELEGRAM_BOT_TOKEN")),
        telegram_api_url=values.get("TELEGRAM_API_URL"),
        telegram_webhook_secret=values.get("TELEGRAM_WEBHOOK_SECRET"),
        slack_bot_token=_check_slack("SLACK_BOT_TOKEN", "xoxb-", values.get("SLACK_BOT_TOKEN")),
        slack_signing_secret=values.get("SLACK_SIGNING_SECRET"),
        slack_app_token=_check_slack("SLACK_APP_TOKEN", "xapp-", values.get("SLACK_APP_TOKEN")),
        slack_api_url=values.get("SLACK_API_URL"),
        alerts_webhook_url=_check_webhook(values.get("ALERTS_WEBHOOK_URL")),
        smtp_url=parse_smtp(values["SMTP_URL"]) if "SMTP_URL" in values else None,
        mail_from=check_sender(values["MAIL_FROM"]) if "MAIL_FROM" in values else None,
        public_url=values.get("PUBLIC_URL", "").rstrip("/") or None,
        secret_key=_check_secret(values.get("SECRET_KEY")),
        oidc_issuer=values.get("OIDC_ISSUER"),
        oidc_client_id=values.get("OIDC_CLIENT_ID"),
        oidc_client_secret=values.get("OIDC_CLIENT_SECRET"),
        port=int(port),
    )


def _read_dotenv(path: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(path)
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "the file is not UTF-8", "Save it again as UTF-8") from error


def _set_values(variables: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in variables.items() if value and value.strip()}


def _check_telegram(token: str | None) -> str | None:
    if token is not None and not re.fullmatch(r"\d+:[\w-]+", token):
        raise ConfigError(
            "TELEGRAM_BOT_TOKEN",
            "this does not look like a bot token",
            "Copy it whole from @BotFather: 123:ABC…",
        )
    return token


def _check_slack(name: str, beginning: str, token: str | None) -> str | None:
    if token is not None and not token.startswith(beginning):
        problem = f"this does not look like the right token; it begins with {beginning}"
        raise ConfigError(
            name, problem, "Copy it whole from your app's page at api.slack.com/apps: docs/slack.md"
        )
    return token


def _check_webhook(url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"https?://[^\s/]+\S*", url):
        raise ConfigError(
            "ALERTS_WEBHOOK_URL", "this is no web address", "Write for example https://example.com/alerts"
        )
    return url


def _check_secret(secret: str | None) -> str | None:
    if secret is not None and len(secret) < MIN_SECRET:
        raise ConfigError(
            "SECRET_KEY", f"is shorter than {MIN_SECRET} characters", "Make one with: openssl rand -hex 32"
        )
    return secret


def webhook_settings(environment: Environment) -> tuple[str, str]:
    """The secret and the public address that Telegram's webhook needs. Raises `ConfigError`."""
    return (
        _needed_for_webhook("TELEGRAM_WEBHOOK_SECRET", environment.telegram_webhook_secret),
        _needed_for_webhook("PUBLIC_URL", environment.public_url),
    )


def _needed_for_webhook(name: str, value: str | None) -> str:
    if value is None:
        problem = "is not set, but channels.telegram.mode is webhook"
        raise ConfigError(name, problem, "Set it, or choose mode: polling")
    return value


def keep_secret(path: Path) -> str:
    """The secret made at the first start, for who has not set SECRET_KEY.

    It appears as a whole: processes that start together use the same one, and none an empty one.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # readable by its owner only
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(file.name, path)
    secret = path.read_text("utf-8").strip()
    if not secret:
        raise ConfigError(str(path), "the file is empty", "Delete it, and a new secret is made")
    return secret
