"""The site's addresses, and the page that benchmarks/journey.py compares with."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from viral_engine.learning.models import Subject
from viral_engine.urls import urlpatterns as of_the_site


@login_required
def baseline(request: HttpRequest) -> HttpResponse:
    """One query beside session and user, and the frame that every page has."""
    return render(request, "learning/menu.html", {"menu": [], "subject": Subject.objects.first()})


urlpatterns = [path("baseline/", baseline), *of_the_site]
