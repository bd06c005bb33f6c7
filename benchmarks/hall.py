"""How fast is the whole house: until it is up, until a page is answered, until a person on a slow phone sees it?

Starts everything as `make run` does, over an own folder, and asks it beside a control: /healthz, which does nothing.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Browser, sync_playwright

from tests.browser.stage import FLAGS
from tests.hall.conftest import RunningHall, end, make_environment, start
from tests.judges import CHROMIUM

NUMBER = "13800138001"
REQUESTS = 200
UP_SECONDS, HOME_P50_MS, FCP_MS, LCP_MS = 10.0, 20.0, 1000.0, 1300.0
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 750_000 / 8}
PAGES = ("/healthz", "/sign-in", "/home", "/bills", "/usage")
OBSERVE = """new Promise(told => new PerformanceObserver(list => told(list.getEntries().at(-1).startTime))
  .observe({type: 'largest-contentful-paint', buffered: true}))"""


def main() -> int:
    """Prints the figures and ends with 1 where one is above its target."""
    with tempfile.TemporaryDirectory() as folder:
        running = start(Path(folder) / "var", make_environment(Path(folder) / "var"))
        try:
            missed = report_up(running) + report_answers(running) + report_paints(running)
        finally:
            end(running)
    print("\n".join(f"MISSED: {each}" for each in missed) or "every target is met")
    return 1 if missed else 0


def report_up(running: RunningHall) -> list[str]:
    seconds = float(running.said.split("is up after ")[1].split(" s")[0])
    print(f"up after {seconds:.1f} s (target {UP_SECONDS:.0f} s)")
    return ["time until up"] if seconds > UP_SECONDS else []


def report_answers(running: RunningHall) -> list[str]:
    with running.sign_in_web(NUMBER) as browser, running.sign_in(NUMBER) as api:
        home = p50_ms(lambda: browser.get("/home"))
        answers = {
            "/healthz (control)": p50_ms(lambda: browser.get("/healthz")),
            "/home, database and shared readings": home,
            "GraphQL Home": p50_ms(lambda: api.post("/graphql", json={"documentId": "Home"})),
        }
    print(f"\nanswered over loopback, one at a time, p50 of {REQUESTS} (client included)")
    for name, milliseconds in answers.items():
        print(f"  {name:38} {milliseconds:6.1f} ms")
    return ["/home p50"] if home > HOME_P50_MS else []


def p50_ms(ask) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001  any request
    times = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        response: httpx.Response = ask()
        times.append((time.perf_counter() - begun) * 1000)
        response.raise_for_status()
    return statistics.median(times)


def report_paints(running: RunningHall) -> list[str]:
    if not CHROMIUM.exists():
        print("\nno Chromium here: nothing can be said of what a person sees")
        return []
    print("\nfirst visit in Chromium, 150 ms and 1.6 Mbit/s, processor 4 times slower: median of 5")
    missed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for path in PAGES:
            paints = [paint_ms(browser, running, path) for _ in range(5)]
            fcp, lcp = (statistics.median(column) for column in zip(*paints, strict=True))
            print(f"  {path:10} FCP {fcp:6.0f} ms   LCP {lcp:6.0f} ms")
            if path != "/healthz" and (fcp > FCP_MS or lcp > LCP_MS):
                missed.append(f"paint of {path}")
        browser.close()
    return missed


def paint_ms(browser: Browser, running: RunningHall, path: str) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    if path not in {"/healthz", "/sign-in"}:
        page.goto(f"{running.web}/sign-in")
        page.fill("[name=number]", NUMBER)
        page.fill("[name=password]", running.person(NUMBER)["servicePassword"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/home")
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.clearBrowserCache")
    tools.send("Network.emulateNetworkConditions", SLOW_4G)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(f"{running.web}{path}", wait_until="load")
    lcp = page.evaluate(OBSERVE)
    fcp = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return fcp, lcp


if __name__ == "__main__":
    sys.exit(main())
