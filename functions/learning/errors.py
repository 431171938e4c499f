"""Failures of the learning API, beyond those every API shares."""

from shared.core.errors import Conflict, Forbidden, InvalidRequest, NotFound, ServiceUnavailable
from shared.core.text import Text


class CourseNotFound(NotFound):
    """No such course, or one that is another teacher's."""

    text = Text("课程不存在", "Course not found")


class AssignmentNotFound(NotFound):
    """No such assignment, or one of a course that the caller has no part in."""

    text = Text("作业不存在", "Assignment not found")


class SubmissionNotFound(NotFound):
    """No such submission, or somebody else's."""

    text = Text("提交不存在", "Submission not found")


class EnrollmentNotFound(NotFound):
    """The student is not in the course."""

    text = Text("该学生未加入课程", "The student is not enrolled in the course")


class BatchNotFound(NotFound):
    """No such question batch of the caller."""

    text = Text("题库任务不存在", "Question batch not found")


class NotEnrolled(Forbidden):
    """A student asks for what only the course's students see."""

    text = Text("您未加入该课程", "You are not enrolled in this course")


class CodeTaken(Conflict):
    """Another course has the code."""

    text = Text("课程代码已被使用", "The course code is taken")


class SubmittedBefore(Conflict):
    """An assignment is submitted once: its answers are shown after that."""

    text = Text("作业已提交，不能重复提交", "The assignment was submitted before")


class AnsweredBefore(Conflict):
    """Questions that somebody has answered stay as they are."""

    text = Text(
        "已有学生提交，不能修改题目或类型",
        "Students have submitted: questions and type can no longer be changed",
    )


class BatchNotReady(Conflict):
    """The task that makes the questions has not ended well."""

    text = Text("题库尚未生成完成", "The question batch is not completed")


class LearningBusy(ServiceUnavailable):
    """Too many changes of one thing at once for this one to get its turn."""

    text = Text("操作过于频繁，请稍后再试", "It is being changed, please try again")


def unknown_students(ids: list[str]) -> InvalidRequest:
    """The refusal of ids that are no students."""
    listed = ", ".join(ids[:10])
    return InvalidRequest.of_field(
        "student_ids", Text(f"不是学生：{listed}", f"are no students: {listed}")
    )


def unknown_questions(ids: list[str]) -> InvalidRequest:
    """The refusal of answers to what was not asked."""
    listed = ", ".join(ids[:10])
    return InvalidRequest.of_field(
        "answers", Text(f"题目不存在：{listed}", f"there are no questions {listed}")
    )
