"""The built-in templates as shipped."""

import pytest

from functions.roles.avatar import check_avatar
from functions.roles.catalogue import Template, all_templates, find_template
from functions.roles.schemas import NewRole

# Ids are kept for good: clients store them.
IDS = {
    "template_code_reviewer", "template_contract_review", "template_customer_service",
    "template_data_analyst", "template_english_speaking_coach", "template_interviewer",
    "template_knowledge_qa", "template_meeting_minutes", "template_product_manager",
    "template_study_coach", "template_support_agent", "template_technical_writer",
    "template_travel_planner", "template_xiaohongshu_copy",
}  # fmt: skip


def test_ids_are_stable() -> None:
    assert {template.id for template in all_templates()} >= IDS


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template.id)
def test_a_template_makes_a_valid_role(template: Template) -> None:
    role = NewRole.model_validate({"template_id": template.id})
    assert role.system_prompt == template.system_prompt
    assert check_avatar(template.avatar)
    settings = role.model_fields_given
    assert (settings.temperature, settings.top_p) == (template.temperature, template.top_p)


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template.id)
def test_a_template_is_a_prompt_one_can_work_with(template: Template) -> None:
    assert len(template.system_prompt) > (500 if template.language == "zh" else 1500)
    is_chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in template.system_prompt) > 300
    assert is_chinese == (template.language == "zh")
    assert template.welcome_message
    assert template.description


def test_a_template_that_cites_says_how() -> None:
    for template_id in ("template_knowledge_qa", "template_support_agent"):
        template = find_template(template_id)
        assert template is not None
        assert "[1]" in template.system_prompt or "[2]" in template.system_prompt
