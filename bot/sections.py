"""What the sections of config.yml have in common."""

from pydantic import BaseModel, ConfigDict, Field

from core.languages import ReplyLanguage


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Titles(Section):
    """A name in each language we reply in."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def by_language(self) -> dict[ReplyLanguage, str]:
        return {"zh": self.zh, "en": self.en}
