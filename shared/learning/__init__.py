"""Training courses: questions, marking, progress, enrolment, what deletion leaves behind."""
