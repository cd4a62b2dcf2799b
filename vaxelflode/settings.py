"""Settings: environment ``VAXELFLODE_*`` or a TOML file. A wrong one stops the start with one line that names it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from vaxelflode.errors import SettingError

ENV_PREFIX = "VAXELFLODE_"


class Settings(BaseModel):
    """Every setting with its default; ``vaxelflode serve --help`` and the README list these descriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(Path("data"), description="Folder of the database and what the control plane keeps")
    database_url: SecretStr = Field(SecretStr(""), description="SQLAlchemy URL; empty: SQLite in the data directory")
    listen: str = Field("127.0.0.1:8080", description="Address and port of the pages and the API")
    public_url: str = Field("", description="How people reach the pages, such as https://pbx.example.se")
    plain_http: bool = Field(
        False, description="Let people log in to the pages over plain HTTP: only on a local network that you trust"
    )
    tls_cert: Path | None = Field(
        None, description="Certificate (PEM, with its chain) to serve https with; needs TLS_KEY"
    )
    tls_key: Path | None = Field(None, validate_default=True, description="Its private key (PEM, without a password)")
    trusted_proxies: str = Field(
        "", description="Addresses or networks of proxies that say who asks, such as 127.0.0.1,10.0.0.0/8"
    )
    company: str = Field("", max_length=100, description="The company's name, as the pages show it")
    secret_key_file: Path | None = Field(
        None, description="Taken and not used: what is kept of sessions and tokens lets nobody in"
    )
    time_zone: str = Field("Europe/Stockholm", description="Zone of new schedules and of what people read")
    language: Literal["sv", "en"] = Field("sv", description="Language of new people")
    country_code: str = Field("46", pattern=r"^[1-9][0-9]{0,2}$", description="For numbers dialled with a leading 0")
    prefix: str = Field("vx", pattern=r"^[a-z][a-z0-9]{0,9}$", description="Begins every context and queue of ours")
    smtp_host: str = Field(
        "", description="Mail server for links to those who forgot their password, with PUBLIC_URL; empty: no mail"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How mail is encrypted on its way"
    )
    smtp_user: str = Field("", description="Account at the mail server; empty: none")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password")
    smtp_from: str = Field("", description="Sender of mail, such as vaxel@example.se")
    ami_host: str = Field("127.0.0.1", description="Where Asterisk's manager interface listens")
    ami_port: int = Field(5038, ge=1, le=65535, description="Port of the manager interface")
    ami_live_user: str = Field("vx-live", description="Account for events and agents")
    ami_live_secret: SecretStr = Field(SecretStr(""), description="Its secret")
    ami_apply_user: str = Field("vx-apply", description="Account that reloads and proves")
    ami_apply_secret: SecretStr = Field(SecretStr(""), description="Its secret")
    ari_url: str = Field("", description="Asterisk's REST interface, on loopback; empty: not used")
    ari_user: str = Field("vaxelflode", description="Account for ARI")
    ari_secret: SecretStr = Field(SecretStr(""), description="Its secret")
    asterisk_config_dir: Path = Field(
        Path("/etc/asterisk/vaxelflode"), description="Directory of the generated files, included by Asterisk"
    )
    asterisk_config_path: str = Field("", description="The same as Asterisk sees it; empty: the same path")
    asterisk_sounds_dir: Path = Field(Path("/var/lib/vaxelflode/sounds"), description="Directory of prompts")
    asterisk_sounds_path: str = Field("", description="The same as Asterisk sees it; empty: the same path")
    outbound: str = Field("", pattern=r"^(?:[A-Za-z0-9]+/[A-Za-z0-9_-]+)?$", description="PJSIP/endpoint to outside")
    external_allowed: str = Field(
        "",
        pattern=r"^(?:!?\+[0-9*?]{1,16}(?:, *!?\+[0-9*?]{1,16})*)?$",
        description="Numbers outside beside this country's own, such as +4790*,!+46701*; ! is never",
    )
    node: str = Field("", max_length=100, description="Name of this PBX node; empty: the host's name")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged")
    log_format: Literal["text", "json"] = Field("text", description="How a line of the log is written: text or json")

    @field_validator("listen")
    @classmethod
    def _address(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("must be an address and a port, for example 127.0.0.1:8080")
        return value

    @field_validator("prefix")
    @classmethod
    def _no_section(cls, value: str) -> str:
        if value == "general":
            raise ValueError("is the section of voicemail.conf that holds the settings of the module")
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is not a time zone; for example Europe/Stockholm")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (one.strip() for one in value.split(","))):
            try:
                ip_network(part)
            except ValueError as err:
                raise ValueError(f"{part} is no address or network; for example 127.0.0.1,10.0.0.0/8") from err
        return value

    @field_validator("tls_key")
    @classmethod
    def _with_certificate(cls, value: Path | None, others: ValidationInfo) -> Path | None:
        if "tls_cert" in others.data and (value is None) != (others.data["tls_cert"] is None):
            raise ValueError("belongs together with TLS_CERT: give both, or none")
        return value

    @field_validator("public_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of :attr:`trusted_proxies`."""
        return tuple(ip_network(one.strip()) for one in self.trusted_proxies.split(",") if one.strip())

    @property
    def secure(self) -> bool:
        """Whether the pages' cookies are for encrypted connections alone."""
        return not self.plain_http or self.encrypted

    @property
    def encrypted(self) -> bool:
        """Whether people reach the pages over https, as far as the settings tell."""
        return self.tls_cert is not None or self.public_url.startswith("https://")

    @property
    def own_url(self) -> str:
        """Where this control plane itself answers."""
        return f"{'http' if self.tls_cert is None else 'https'}://{self.listen}"

    @property
    def listen_host(self) -> str:
        """Address of :attr:`listen`."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def listen_port(self) -> int:
        """Port of :attr:`listen`."""
        return int(self.listen.rpartition(":")[2])

    @property
    def external_patterns(self) -> tuple[str, ...]:
        """The patterns of :attr:`external_allowed`."""
        return tuple(p.strip() for p in self.external_allowed.split(",") if p.strip())

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir.resolve()}/vaxelflode.sqlite3"

    @property
    def config_path(self) -> str:
        """The generated directory as Asterisk sees it."""
        return self.asterisk_config_path or str(self.asterisk_config_dir)

    @property
    def sounds_path(self) -> str:
        """The prompts' directory as Asterisk sees it."""
        return self.asterisk_sounds_path or str(self.asterisk_sounds_dir)


def load(config: Path | None = None, **overrides: Any) -> Settings:
    """Settings from the file, then the environment, then ``overrides``: the later wins.

    Raises :class:`SettingError` with one line: the setting, and what is wrong with it.
    """
    environment = {k.removeprefix(ENV_PREFIX).lower(): v for k, v in os.environ.items() if k.startswith(ENV_PREFIX)}
    from_file = {k.lower(): v for k, v in _file(config).items()} if config else {}
    _known(f"{config}: ", from_file)
    _known("", environment)
    chosen = {k: v for k, v in environment.items() if v and k not in _NOT_SETTINGS}
    try:
        return Settings.model_validate(from_file | chosen | overrides)
    except ValidationError as err:
        first = err.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise SettingError(f"{ENV_PREFIX}{name}: {first['msg'].removeprefix('Value error, ')}", name=name) from err


#: Variables of the same prefix that speak to the recipes and the tests, not to the control plane.
_NOT_SETTINGS = frozenset({"pbx", "asterisk_root", "engine", "test_database"})


def _known(where: str, values: Mapping[str, object]) -> None:
    for name in values:
        if name not in Settings.model_fields and name not in _NOT_SETTINGS:
            raise SettingError(f"{where}{ENV_PREFIX}{name.upper()}: there is no such setting", name=name)


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as err:
        raise SettingError(f"--config {path}: {err.strerror}", name="config") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise SettingError(f"--config {path}: {err}", name="config") from err
