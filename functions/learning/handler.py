"""Lambda entry of the learning API."""

from functions.learning.assignment_routes import router as assignments
from functions.learning.course_routes import router as courses
from functions.learning.question_routes import router as questions
from functions.learning.submission_routes import router as submissions
from shared.http.app import create_app, lambda_handler

app = create_app("learning", [courses, assignments, submissions, questions])
handler = lambda_handler(app)
