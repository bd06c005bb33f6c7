"""Which environment variables are there, what do they mean, and what holds without them?"""

import ipaddress
import os
import tempfile
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "ONEHALL_"
LONGEST_SOCKET_PATH = 100
"""A Unix socket's path ends at 104 or 108 bytes, by system."""


class BadSettings(Exception):  # noqa: N818  what it is, in the words of the one line that it prints
    """One or more settings can't be used; the text names each variable and what to do."""


class Settings(BaseSettings):
    """Every setting. Each may also come from a file named by ``<VARIABLE>_FILE`` (a container's secret)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_folder: Path = Field(
        default=Path("var"), description="Where the embedded databases, keys and logs are kept; made if missing."
    )
    host: str = Field(default="127.0.0.1", description="The address that the gateway binds.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port that the gateway binds.")
    public_url: str = Field(
        default="http://localhost:8000",
        description="The address that customers see; `https://…` makes cookies `Secure` and sends HSTS.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Comma-separated addresses whose `X-Forwarded-*` headers are believed."
    )
    operations_from: str = Field(
        default="127.0.0.1/32,::1/128",
        description="Comma-separated networks that may read `/readyz` and `/metrics`; others get a 404.",
    )
    database_url: str = Field(
        default="",
        description="`postgresql://…` or `sqlite:///…`; empty: an SQLite file in the data folder.",
    )
    redis_url: str = Field(
        default="", description="`redis://…`, `rediss://…` or `unix://…`; empty: an embedded Valkey is started."
    )
    bss_url: str = Field(
        default="", description="The base address of the BSS's TMF APIs; empty: the sandbox BSS is started."
    )
    bss_token: str = Field(default="", description="Bearer token that we show the BSS. A secret.")
    hub_token: str = Field(
        default="",
        description="Token that the BSS's events must carry in their callback address; empty: made and kept. A secret.",
    )
    hub_callback_url: str = Field(
        default="", description="The address at which the BSS reaches us with events; empty: host and port above."
    )
    sandbox_port: int = Field(default=8100, ge=1, le=65535, description="The sandbox BSS's and handset's port.")
    sandbox_subscribers: int = Field(default=200, ge=10, le=100_000, description="How many people the sandbox holds.")
    request_seconds: float = Field(default=8.0, gt=0, le=60, description="How long a request may take, BSS included.")
    snapshot_seconds: int = Field(
        default=30, ge=0, le=30, description="How old a BSS reading may be that channels share; 0 asks every time."
    )
    brake_factor: Decimal = Field(
        default=Decimal(3),
        ge=1,
        le=100,
        description="How many times a line's own mean its extra charges must reach before a pause is offered.",
    )
    brake_least_yuan: Decimal = Field(
        default=Decimal(20), ge=0, description="Below this sum (yuan) of extra charges no pause is offered."
    )
    points: Literal["here", "platform"] = Field(
        default="here",
        description="Where points live: `here`, in our ledger, or on the operator's own `platform` (TMF658), which is "
        "read and not written.",
    )
    points_third_year_from: date | None = Field(
        default=None,
        description="Points earned from this day on (`2027-01-01`) live until 31 December of their third year; those "
        "before it, or all where it is empty, until the end of the month 36 months later.",
    )
    open_documents: bool = Field(
        default=False, description="Lets anyone send any GraphQL text; otherwise only trusted documents run."
    )
    smsc_host: str = Field(default="", description="The SMSC; empty: the sandbox's.")
    smsc_port: int = Field(default=2775, ge=1, le=65535, description="The SMSC's SMPP port.")
    smsc_system_id: str = Field(default="onehall", max_length=15, description="SMPP system_id.")
    smsc_password: str = Field(default="onehall", max_length=8, description="SMPP password. A secret.")
    hall_number: str = Field(default="10086", description="The short number of the SMS hall and the IVR.")
    sms_signature: str = Field(
        default="", max_length=16, description="Who signs a text in 【】; empty: 一厅 in Chinese, OneHall in English."
    )
    ivr_token: str = Field(
        default="",
        description="Shared with the voice gateway: a call that shows it is trusted for its caller id. "
        "Empty: made and kept. A secret.",
    )
    ivr_agent: str = Field(default="", description="Where the IVR transfers a caller who wants a person, `tel:…`.")
    trusted_links: str = Field(
        default="sms,ivr",
        description="Comma-separated links whose sender numbers prove a line (level 1): `sms`, `ivr`; empty: none.",
    )
    own_prefixes: str = Field(
        default="",
        description="Comma-separated beginnings of the operator's own numbers (`1380013,1390013`): codes for any other "
        "beginning are sent more sparingly.",
    )
    uam_issuer: str = Field(
        default="", description="The operator's own login (OpenID Connect issuer); empty: people sign in here alone."
    )
    uam_client_id: str = Field(default="", description="Our client id there.")
    uam_client_secret: str = Field(default="", description="Our client secret there. A secret.")
    uam_name: str = Field(default="", max_length=40, description="What the button to that login says.")
    uam_levels: str = Field(
        default="",
        description="Comma-separated `acr=level` of that login (`urn:op:sms=2`); others count by their `amr`.",
    )
    sandbox_pay_url: str = Field(
        default="",
        description="The sandbox's payment provider, `…/pay-api/v1`; empty: the sandbox BSS's own, or none.",
    )
    sandbox_pay_secret: str = Field(default="", description="What it and we sign with; empty: made and kept. A secret.")
    wechat_pay_merchant: str = Field(
        default="", description="Our merchant number at WeChat Pay; empty: it is not offered. The others go with it."
    )
    wechat_pay_app_id: str = Field(default="", description="The WeChat app or account that pays there, `wx…`.")
    wechat_pay_serial_number: str = Field(default="", description="Serial number of our API certificate there.")
    wechat_pay_private_key: str = Field(default="", description="That certificate's private key, PEM. A secret.")
    wechat_pay_api_key: str = Field(default="", description="Our APIv3 key there, 32 characters. A secret.")
    wechat_pay_public_key: str = Field(default="", description="WeChat Pay's public key, PEM, as downloaded there.")
    wechat_pay_public_key_id: str = Field(default="", description="That key's id, `PUB_KEY_ID_…`.")
    wechat_pay_certificates: str = Field(
        default="", description="WeChat Pay's older platform certificates, PEM one after the other; instead, or beside."
    )
    wechat_pay_url: str = Field(default="https://api.mch.weixin.qq.com", description="WeChat Pay's address.")
    alipay_app_id: str = Field(
        default="", description="Our application at Alipay; empty: it is not offered. The others go with it."
    )
    alipay_seller_id: str = Field(
        default="", description="Who is paid there, `2088…`; callbacks for others are refused."
    )
    alipay_private_key: str = Field(
        default="", description="Our application's private key (RSA2), PEM or bare base64. A secret."
    )
    alipay_public_key: str = Field(default="", description="Alipay's public key for our application, likewise.")
    alipay_url: str = Field(
        default="https://openapi.alipay.com/gateway.do", description="Alipay's gateway; it has a sandbox of its own."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field(default="json", description="`json`, or `text` for a person at a terminal.")
    otlp_endpoint: str = Field(
        default="", description="OpenTelemetry collector (OTLP over HTTP); empty: no traces leave the process."
    )

    @field_validator("operations_from", "trusted_proxies")
    @classmethod
    def _is_networks(cls, value: str) -> str:
        for part in value.split(","):
            ipaddress.ip_network(part.strip())
        return value

    @field_validator("points_third_year_from", mode="before")
    @classmethod
    def _is_a_day(cls, value: object) -> object:
        return value or None

    @field_validator("trusted_links")
    @classmethod
    def _is_links(cls, value: str) -> str:
        if not {part.strip() for part in value.split(",")} <= {"", "sms", "ivr"}:
            raise ValueError("may name sms and ivr")
        return value

    @field_validator("own_prefixes")
    @classmethod
    def _is_prefixes(cls, value: str) -> str:
        if not all(part.strip().isdecimal() for part in value.split(",") if part.strip()):
            raise ValueError("each must be digits")
        return value

    @field_validator("uam_levels")
    @classmethod
    def _is_levels(cls, value: str) -> str:
        for part in filter(None, value.split(",")):
            if part.rpartition("=")[2].strip() not in {"1", "2", "3"} or not part.rpartition("=")[0].strip():
                raise ValueError("each must be acr=level, the level 1, 2 or 3")
        return value

    @field_validator(
        "public_url", "bss_url", "otlp_endpoint", "hub_callback_url", "uam_issuer", "wechat_pay_url", "alipay_url"
    )
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "sqlite:///")):
            raise ValueError("must start with postgresql:// or sqlite:///")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("log_format")
    @classmethod
    def _is_a_format(cls, value: str) -> str:
        if value not in {"json", "text"}:
            raise ValueError("must be json or text")
        return value

    @property
    def database(self) -> str:
        """The database's address, the embedded one's if none is set."""
        return self.database_url or f"sqlite:///{self.data_folder.resolve() / 'onehall.db'}"

    @property
    def redis(self) -> str:
        """Redis's address, the embedded Valkey's if none is set."""
        return self.redis_url or f"unix://{self.valkey_socket}"

    @property
    def valkey_socket(self) -> Path:
        """The embedded Valkey's socket: only this user can reach it."""
        beside = self.data_folder.resolve() / "valkey" / "valkey.sock"
        if len(str(beside)) <= LONGEST_SOCKET_PATH:
            return beside
        name = sha256(str(beside).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"onehall-{name}" / "valkey.sock"

    @property
    def bss(self) -> str:
        """The BSS's base address, the sandbox's if none is set."""
        return self.bss_url or f"{self.sandbox_url}/tmf-api"

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox answers."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def smsc(self) -> tuple[str, int]:
        """The SMSC's host and port."""
        return self.smsc_host or "127.0.0.1", self.smsc_port

    @property
    def secure_cookies(self) -> bool:
        """Whether customers come over TLS."""
        return self.public_url.startswith("https://")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then files named by ``…_FILE``, then the environment."""
        return init_settings, FilesNamedByEnvironment(settings_cls), env_settings


class FilesNamedByEnvironment(PydanticBaseSettingsSource):
    """Reads ``ONEHALL_BSS_TOKEN`` from the file that ``ONEHALL_BSS_TOKEN_FILE`` names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The stripped text of the named file, or None where no file is named."""
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise BadSettings(f"{variable}: can't read {path} ({why}). Name a readable file.") from error

    def __call__(self) -> dict[str, Any]:
        """Every setting that a file was named for."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def load_settings(**given: Any) -> Settings:  # noqa: ANN401  one argument a setting
    """Reads the environment. Raises BadSettings with one line that names each bad or unknown variable and why."""
    _refuse_unknown_variables()
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise BadSettings("; ".join(faults)) from error


def _refuse_unknown_variables() -> None:
    """A misspelt variable would leave its default standing without a word."""
    known = [f"{PREFIX}{name.upper()}{ending}" for name in Settings.model_fields for ending in ("", "_FILE")]
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1)
            raise BadSettings(f"{name} is no setting of ours." + (f" Did you mean {near[0]}?" if near else ""))
