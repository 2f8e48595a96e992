"""Clicks of robots are not counted, and clicks of people are, in whatever app they read the link."""

import subprocess
import sys

import pytest

from loops.core.links import token_for
from loops.models import Touch
from loops.rules.robots import is_robot
from tests.factories import browser, link_of, person
from viral_engine.accounts.models import Guest
from viral_engine.kernel.clock import now

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
VIEW = f"Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A.231105.004; wv) {WEBKIT} Version/4.0 Chrome/126.0.0.0"
NEXUS = f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {WEBKIT} Chrome/125.0.0.0 Mobile Safari/537.36"

ROBOTS = [
    "",
    "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
    "http.rb/5.1.1 (Mastodon/4.2.8; +https://mastodon.social/)",
    "Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.social/) Bot",
    "Iframely/1.3.1 (+https://iframely.com/docs/about)",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/120.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 11; moto g) {WEBKIT} Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    f"{NEXUS} (compatible; Google-InspectionTool/1.0;)",
    "GoogleOther",
    f"{NEXUS} (compatible; GoogleOther)",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/125.0.0.0 Safari/537.36 (compatible; Google-Read-Aloud)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) PingdomTMS/0.8.5 Safari/534.34",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "axios/1.7.2",
    "Java/17.0.2",
    "Java-http-client/21",
    "Apache-HttpClient/4.5.14 (Java/17)",
    "Ruby",
    "rest-client/2.1.0 (linux x86_64) ruby/3.2.2p53",
    "GuzzleHttp/7",
    "Python/3.11 aiohttp/3.9.5",
    "python-httpx/0.27.0",
    "python-requests/2.31",
    "Python-urllib/3.11",
    "curl/8.1",
    "Wget/1.21",
    "node",
    "undici",
    "PHP/8.1",
    "Dart/3.2 (dart:io)",
    "PostmanRuntime/7.39.0",
    "WhatsApp/2.23.20.0",
    "WhatsApp/2.24.12.78 i",
    "Viber",
    "facebookexternalhit/1.1",
    "facebookexternalhit/1.1;line-poker/1.0",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "Slackbot-LinkExpanding 1.0",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "Discordbot/2.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
    "Pinterest/0.2 (+http://www.pinterest.com/bot.html)",
    "Snap URL Preview Service",
    "Mozilla/5.0 (compatible; TikTokSpider; ttspider-feedback@tiktok.com)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    f"Mozilla/5.0 (linux) {WEBKIT} jsdom/20.0.3",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Cypress/13.6 Chrome/118.0 Electron/27.1 Safari/537.36",
    "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1",
    "Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.19045; en-US) PowerShell/7.4.0",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} HeadlessEdg/120.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Google-PageRenderer Chrome/120.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/120.0 Safari/537.36 Prerender (+https://github.com/prerender)",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/120.0 Safari/537.36 rendertron",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/120.0 Safari/537.36 PageSpeed Insights",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/120.0 Safari/537.36 Nextcloud Server Crawler",
    "Mozilla/5.0 (",
    "Mozilla/5.0 ()",
    "Mozilla/5.0 (X11; Linux x86_64) Java/17.0.2",
    "Mozilla/5.0 (X11; Linux x86_64) Cardyb/1.1",
    "Mozilla/5.0 (X11; Linux x86_64) scrapy/2.11",
    "Mozilla/5.0 (X11; Linux x86_64) Faraday v2.7",
    "Mozilla/5.0 (X11; Linux x86_64) Symfony HttpClient/Curl",
    "Mozilla/5.0 (Linux; U; Android 14) Dalvik/2.1.0",
    "Mozilla/5.0 (iPhone) CFNetwork/1494 Darwin/23.4.0",
    "Mozilla/5.0 (Windows NT 10.0) Microsoft Office/16.0",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT}",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0",
]
PEOPLE = [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    f"{PHONE} Version/17.5 Mobile/15E148 Safari/604.1",
    f"{PHONE} GSA/322.0.647096154 Mobile/15E148 Safari/604.1",
    f"{PHONE} Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
    f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 9; CUBOT_P30) {WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 13; CUBOT P60) {WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 11; KFTRWI) {WEBKIT} Silk/126.3.1 like Chrome/126.0.6478.126 Safari/537.36",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
    f"{PHONE} Mobile/15E148 [Pinterest/iOS]",
    f"{VIEW} Mobile Safari/537.36 [Pinterest/Android]",
    f"{PHONE} Mobile/21F90 Instagram 337.0.2.24.92 (iPhone14,5; iOS 17_5_1; en_US; en; scale=3.00; 1170x2532)",
    f"{VIEW} Mobile Safari/537.36 Instagram 338.0.0.29.90 Android (34/14; 420dpi; Google/google; Pixel 8; shiba)",
    f"{PHONE} Mobile/21F79 [FBAN/FBIOS;FBAV/471.0.0.33.109;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBLC/en_US;FBOP/5]",
    f"{VIEW} Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.1.0.46.75;IABMV/1;]",
    f"{PHONE} Mobile/21E219 LightSpeed [FBAN/MessengerLiteForiOS;FBAV/464.0.0.35.108;FBDV/iPhone14,7]",
    f"{PHONE} Mobile/15E148 musical_ly_35.3.0 JsSdk/2.0 NetType/WIFI ByteLocale/en BytedanceWebview/d8a21c6",
    f"{VIEW} Mobile Safari/537.36 trill_350203 JsSdk/1.0 AppName/musical_ly BytedanceWebview/d8a21c6",
    f"{PHONE} Mobile/15E148 Snapchat/12.94.0.39 (like Safari/8618.2.12.10.9, panda)",
    f"{VIEW} Mobile Safari/537.36Snapchat/12.95.0.41 (Pixel 7; Android 14#10754064#34; gzip; ) V/MUSHROOM",
    f"{VIEW} Mobile Safari/537.36 [WhatsApp/2.24.13.77]",
    f"{PHONE} Mobile/15E148 WhatsApp/2.24.12.78",
    f"{PHONE} Mobile/15E148 Viber/22.5.0",
    f"{PHONE} Mobile/21F90 Twitter for iPhone/10.47",
    f"{VIEW} Mobile Safari/537.36 TwitterAndroid",
    f"{PHONE} Mobile/15E148 [LinkedInApp]/9.29.7698",
    f"{PHONE} Mobile/15E148 Safari Line/14.9.0",
    f"{PHONE} Mobile/15E148 MicroMessenger/8.0.49(0x1800312b) NetType/WIFI Language/en",
    f"{VIEW} Mobile Safari/537.36;KAKAOTALK 2410800",
    f"{PHONE} Mobile/15E148 Reddit/Version 2024.25.0/Build 614861/iOS Version 17.5.1",
    f"{VIEW} Mobile Safari/537.36 Telegram-Android/10.14.0 (Google Pixel 8; Android 14; SDK 34; AVERAGE)",
    f"{PHONE} Mobile/15E148 Tumblr/iPhone/35.2/352/17.5.1/tumblr",
    f"{PHONE} Mobile/15E148 Bluesky/1.9",
    f"{VIEW} Mobile Safari/537.36 Mastodon",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 9; en-US; SM-J400F) U2/1.0.0 UCBrowser/10.7.9.856 U2/1.0.0 Mobile",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    f"{PHONE} CriOS/126.0.6478.153 Mobile/15E148 Safari/604.1",
    f"{PHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
    f"{PHONE} Mobile/21F90 Barcelona 337.0.0.24.92 (iPhone14,5; iOS 17_5_1; en_US; en)",
]


@pytest.mark.parametrize("agent", ROBOTS)
def test_robots_are_recognized(agent: str) -> None:
    assert is_robot(method="GET", user_agent=agent) is True


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_are_not_robots(agent: str) -> None:
    assert is_robot(method="GET", user_agent=agent) is False
    assert is_robot(method="GET", user_agent=agent, fetch_mode="navigate", fetch_dest="document") is False
    assert is_robot(method="HEAD", user_agent=agent) is True


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-dest": "image", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-dest": "empty", "sec-fetch-mode": "cors"},
        {"sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate"},
        {"sec-fetch-mode": "same-origin"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "preview"},
        {"x-moz": "prefetch"},
        {"user-agent": "axios/1.7.2"},
    ],
)
@pytest.mark.django_db
def test_a_load_that_is_no_navigation_counts_for_nothing(catalogue: None, headers: dict[str, str]) -> None:
    link = link_of(person("Ada"), now())
    answer = browser().get(f"/r/{token_for(link, 'link')}?via=sms", headers=headers)
    assert (answer.status_code, answer.cookies.get("guest")) == (302, None)
    assert (Touch.objects.count(), Guest.objects.count()) == (0, 0)


def test_the_list_is_loaded_by_the_first_click_and_not_at_the_start() -> None:
    code = (
        "import sys, django; django.setup(); from loops.rules import robots; print('crawleruseragents' in sys.modules);"
        "robots.is_robot(method='GET', user_agent='Mozilla/5.0 (X11)'); print('crawleruseragents' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "True"]
