from django.urls import path

from loops.tutor_spotlight import views

urlpatterns = [
    path("tutors/<str:token>", views.tutor, name="tutor"),
    path("tutors/<str:token>/try", views.try_questions, name="try_questions"),
    path("tutors/<str:token>/book", views.request_session, name="request_session"),
    path("tutoring/requests/", views.tutor_requests, name="tutor_requests"),
    path("tutoring/requests/<id:booking_id>/answer/", views.answer_booking, name="answer_booking"),
    path("tutoring/referrals/", views.tutor_referrals, name="tutor_referrals"),
    path("tutoring/bookings/", views.bookings, name="bookings"),
    path("tutoring/bookings/<id:booking_id>/cancel/", views.cancel_booking, name="cancel_booking"),
]
