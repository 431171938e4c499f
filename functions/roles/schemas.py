"""Bodies of the roles API, in and out (contract roles.md, table of fields)."""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from functions.roles.avatar import check_avatar
from functions.roles.catalogue import Template, find_template
from functions.roles.etag import etag_of
from functions.roles.references import default_model
from shared.core import clock
from shared.core.text import Text
from shared.data.roles import ModelConfig, Role, RoleCard

Skill = Literal["web_search", "file_processing", "code_execution", "image_generation"]
Scope = Literal["mine", "public", "all"]
DEFAULT_CATEGORY = "通用"
# What GET shows and nobody sets: ignored, so that a client can send back what it read.
READ_ONLY = {"id", "owner_id", "is_template", "version", "etag", "created_at", "updated_at"}


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _storable(value: float) -> float:
    """DynamoDB holds no number nearer to zero than 1e-130."""
    return value if value >= 1e-130 else 0.0


def _known_template(template_id: str) -> str:
    if find_template(template_id) is None:
        raise ValueError(Text("模板不存在", "is not the id of a template"))
    return template_id


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Category = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Prompt = Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")]
Avatar = Annotated[str, AfterValidator(check_avatar)]
Skills = Annotated[list[Skill], Field(max_length=20), AfterValidator(_distinct)]
KnowledgeBase = Annotated[str, Field(max_length=40)]  # a refusal repeats it
KnowledgeBases = Annotated[list[KnowledgeBase], Field(max_length=20), AfterValidator(_distinct)]
TemplateId = Annotated[str, AfterValidator(_known_template)]


class _Body(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )

    def given(self) -> dict[str, Any]:
        """The fields that the client set, by their names in the contract."""
        return self.model_dump(exclude_unset=True, by_alias=True)


class ModelFields(_Body):
    """How a role's model is set; where unset, the deployment's model and the defaults."""

    model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default_factory=default_model
    )
    temperature: Annotated[float, Field(ge=0, le=2), AfterValidator(_storable)] = 0.7
    max_tokens: Annotated[int, Field(ge=1, le=32_768)] = 1000
    top_p: Annotated[float, Field(ge=0, le=1), AfterValidator(_storable)] = 0.9


class _RoleFields(_Body):
    description: Annotated[str, Field(max_length=500)] = ""
    avatar: Avatar | None = None
    category: Category = DEFAULT_CATEGORY
    welcome_message: Annotated[str, Field(max_length=2000)] = ""
    model_fields_given: ModelFields = Field(default_factory=ModelFields, alias="model_config")
    skills: Skills = []
    knowledge_bases: KnowledgeBases = []
    is_public: bool = False

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {name: value for name, value in body.items() if name not in READ_ONLY}


class NewRole(_RoleFields):
    """A role from scratch, or a copy of a template with what is given beside its id."""

    template_id: TemplateId | None = None
    name: Name
    system_prompt: Prompt

    @model_validator(mode="before")
    @classmethod
    def _from_template(cls, body: Any) -> Any:
        template_id = body.get("template_id") if isinstance(body, dict) else None
        template = find_template(template_id) if isinstance(template_id, str) else None
        if template is None:
            return body
        copied = {**template.fields(), **body}
        if isinstance(body.get("model_config"), dict):
            copied["model_config"] = {**template.fields()["model_config"], **body["model_config"]}
        return copied


class RoleChange(_RoleFields):
    """Any of a role's fields: what is not sent stays as it is, within `model_config` too."""

    name: Name = ""
    system_prompt: Prompt = ""


class SummaryBody(TypedDict):
    """A role in a list."""

    id: str
    owner_id: str
    name: str
    description: str
    avatar: str | None
    category: str
    welcome_message: str
    model_config: ModelConfig
    skills: tuple[str, ...]
    knowledge_bases: tuple[str, ...]
    is_public: bool
    is_template: Literal[False]
    version: int
    created_at: str
    updated_at: str


class RoleBody(SummaryBody):
    """A whole role; `etag` is what `If-Match` takes."""

    system_prompt: str
    etag: str


class TemplateBody(TypedDict):
    """A template, in the form of the role that it becomes."""

    id: str
    language: str
    name: str
    description: str
    avatar: str
    category: str
    system_prompt: str
    welcome_message: str
    model_config: ModelConfig
    skills: list[str]
    knowledge_bases: list[str]
    is_public: Literal[True]
    is_template: Literal[True]


def summary_body(role: RoleCard) -> SummaryBody:
    """A role as lists show it."""
    return SummaryBody(
        id=role.id,
        owner_id=role.owner_id,
        name=role.name,
        description=role.description,
        avatar=role.avatar,
        category=role.category,
        welcome_message=role.welcome_message,
        model_config=role.model_config,
        skills=role.skills,
        knowledge_bases=role.knowledge_bases,
        is_public=role.is_public,
        is_template=False,
        version=role.version,
        created_at=clock.to_wire(role.created_at),
        updated_at=clock.to_wire(role.updated_at),
    )


def role_body(role: Role) -> RoleBody:
    """A whole role."""
    return RoleBody(
        **summary_body(role), system_prompt=role.system_prompt, etag=etag_of(role.version)
    )


def template_body(template: Template) -> TemplateBody:
    """A template with the deployment's default model."""
    return TemplateBody(
        id=template.id,
        language=template.language,
        name=template.name,
        description=template.description,
        avatar=template.avatar,
        category=template.category,
        system_prompt=template.system_prompt,
        welcome_message=template.welcome_message,
        model_config=ModelConfig(
            default_model(), template.temperature, template.max_tokens, template.top_p
        ),
        skills=template.skills,
        knowledge_bases=[],
        is_public=True,
        is_template=True,
    )
