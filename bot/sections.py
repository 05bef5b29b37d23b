"""What the sections of config.yml have in common."""

from pydantic import BaseModel, ConfigDict, Field

from core.languages import ReplyLanguage


class Mistake(ValueError):
    """What is wrong with a value, in the words for config.yml; pages have words of their own for its `code`."""

    def __init__(self, code: str, told: str, **values: str) -> None:
        super().__init__(told)
        self.code = code
        self.values = values


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Titles(Section):
    """A name in each language we reply in."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def by_language(self) -> dict[ReplyLanguage, str]:
        return {"zh": self.zh, "en": self.en}
