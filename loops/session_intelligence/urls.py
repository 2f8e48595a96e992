from django.urls import path

from loops.session_intelligence import views

urlpatterns = [
    path("sessions/<id:session_id>/insights/", views.insights, name="session_insights"),
    path("sessions/<id:session_id>/prep/", views.prep, name="session_prep"),
    path("sessions/actions/<id:action_id>/link/", views.make_link, name="make_session_link"),
    path("sessions/actions/<id:action_id>/recall/", views.recall, name="recall_session_action"),
    path("shared/<str:token>", views.share, name="session_share"),
    path("shared/<str:token>/try", views.try_it, name="try_session_share"),
]
