"""The built-in templates: one TOML file each in `templates/`, read when first asked for."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PREFIX = "template_"
_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A role to copy; it runs on the deployment's default model. `language` is zh or en."""

    id: str
    language: str
    name: str
    description: str
    avatar: str
    category: str
    system_prompt: str
    welcome_message: str
    temperature: float
    max_tokens: int
    top_p: float
    skills: list[str]

    def fields(self) -> dict[str, Any]:
        """What a role copied from it gets, in the form of a request body."""
        return {
            "name": self.name,
            "description": self.description,
            "avatar": self.avatar,
            "category": self.category,
            "system_prompt": self.system_prompt,
            "welcome_message": self.welcome_message,
            "model_config": {
                "temperature": self.temperature,
                "max_tokens": self.max_tokens,
                "top_p": self.top_p,
            },
            "skills": self.skills,
        }


def find_template(template_id: str) -> Template | None:
    """The template of that id."""
    return _templates().get(template_id)


def all_templates() -> list[Template]:
    """Every template, in the order of their files."""
    return list(_templates().values())


@cache
def _templates() -> dict[str, Template]:
    read = [_read(path) for path in sorted(_FOLDER.glob("*.toml"))]
    return {template.id: template for template in read}


def _read(path: Path) -> Template:
    import tomllib  # who copies no template does without it

    values = tomllib.loads(path.read_text("utf-8"))
    return Template(id=f"{PREFIX}{path.stem}", **values)
