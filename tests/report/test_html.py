"""livedebug report --format html in headless Chromium: clicks, search, keys, both themes, hostile names, many
stacks. The screenshots stay in build/screenshots."""
import os
import subprocess

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HEAD = "ChildEBP RetAddr  \n"
HOSTILE = ["evil!</script><script>window.owned=1</script>", "evil!<img src=x onerror=window.owned=1>"]


def stack(*leaf_first):
    return HEAD + "".join(f"f64138c0 8048b640 {name}+0x1\n" for name in leaf_first) + "kd> g\n"


FEW = stack("nt!Alloc", "leaky!Get", "leaky!Read", "nt!Start") * 6 + stack("nt!Alloc", "net!Send", "nt!Start") * 2
MANY = "".join(stack("nt!Alloc", f"drv{i % 40}!g{i}", *(f"drv{i % 40}!f{i % (100 * k)}_{k}" for k in range(9, 0, -1)),
                     "nt!Start") * (1 + 60 // (1 + i % 40)) for i in range(5000))


@pytest.fixture(scope="module")
def chrome():
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--window-size=1280,1000", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(word)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    yield driver
    driver.quit()


@pytest.fixture
def show(chrome, build, tmp):
    def call(log, *words):
        (tmp / "x.log").write_text(log)
        page = subprocess.run([build / "livedebug", "report", "--format", "html", *words, "x.log"], cwd=tmp,
                              capture_output=True, timeout=30, check=True).stdout
        (tmp / "x.html").write_bytes(page)
        chrome.get(f"file://{tmp}/x.html")
        return chrome
    return call


@pytest.fixture
def keep(root):
    folder = root / "build/screenshots"
    os.makedirs(folder, exist_ok=True)
    return lambda driver, name: driver.save_screenshot(str(folder / f"{name}.png"))


def drawn(driver):
    return [g.get_attribute("aria-label").split(":")[0] for g in driver.find_elements(By.CSS_SELECTOR, "#flame g")]


def test_click_search_keys_and_themes(show, keep):
    page = show(FEW)
    assert "leaky: 6 of 8 hits" in page.find_element(By.ID, "answer").text
    rows = [r.text.split()[:2] for r in page.find_elements(By.CSS_SELECTOR, "#ranking tbody tr")]
    assert rows == [["leaky", "6"], ["net", "2"]]
    assert sorted(drawn(page)) == ["all", "leaky!Get", "leaky!Read", "net!Send", "nt!Alloc", "nt!Alloc", "nt!Start"]
    page.find_element(By.CSS_SELECTOR, '#flame g[aria-label^="leaky!Read"]').click()
    assert "net!Send" not in drawn(page) and "6 of 8" in page.find_element(By.ID, "detail").text
    page.find_element(By.ID, "flame").send_keys(Keys.ESCAPE, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ENTER)
    assert "net!Send" in drawn(page) and "leaky!Read" not in drawn(page)
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE, "/")
    page.switch_to.active_element.send_keys("LEAKY")
    assert page.find_element(By.ID, "found").text == "2 frames, 6 hits, 75.0 %"
    assert len(page.find_elements(By.CSS_SELECTOR, "#flame .match")) == 2
    keep(page, "few-light")
    before = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    page.find_element(By.ID, "theme").click()
    page.find_element(By.ID, "direction").click()
    assert page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color") != before
    keep(page, "few-dark")


def test_names_from_outside_are_text(show):
    page = show(stack("nt!Alloc", *HOSTILE))
    assert page.execute_script("return window.owned === undefined && document.images.length === 0")
    assert page.execute_script("return livedebugFlame.nodes.some(n => n.name.includes('<'))")


def test_five_thousand_stacks(show, keep):
    page = show(MANY)
    total, seen, ms = page.execute_script(
        "const f = livedebugFlame, t = performance.now(); f.draw(); return [f.nodes.length, f.drawn, performance.now() - t]")
    print(f"{total} frames, {seen} drawn in {ms:.0f} ms")
    assert total > 5000 and 100 < seen < total / 2
    drawn, found = page.execute_script("const f = livedebugFlame; f.zoom(f.nodes[9]); f.zoom(f.root);"
                                       "return [f.drawn, f.search('drv7!')]")
    assert drawn == seen and found["frames"] > 100 and found["hits"] == MANY.count(" drv7!g")
    keep(page, "many-light")
    page.find_element(By.ID, "theme").click()
    keep(page, "many-dark")


def test_a_journal_has_a_timeline(show, keep):
    lines, seq = [], 0
    for minute in range(50):
        for text in (FEW if minute % 9 == 0 else stack("nt!Alloc", "leaky!Get", "nt!Start")).splitlines():
            seq += 1
            lines.append(f"2026-11-23T23:{minute:02}:12.345678Z {seq} < {text}\n")
    page = show("".join(lines))
    bars = [b.get_attribute("textContent") for b in page.find_elements(By.CSS_SELECTOR, "#timeline rect.all title")]
    assert sum(int(b.split(": ")[1].split()[0]) for b in bars) == 44 + 6 * 8
    assert "2026-11-23 23:00:12 to 2026-11-23 23:49:12 UTC" in page.find_element(By.ID, "answer").text
    keep(page, "timeline")


def rows(driver):
    return [[c.text for c in r.find_elements(By.TAG_NAME, "td")]
            for r in driver.find_elements(By.CSS_SELECTOR, "#ranking tbody tr")]


def journal(*records):
    """(second of 2026-11-23 22:00, kind, text) as a journal."""
    return "".join(f"2026-11-23T{22 + s // 3600}:{s // 60 % 60:02}:{s % 60:02}.000000Z {n} {kind} {text}\n"
                   for n, (s, kind, text) in enumerate(records, 1))


def growing_night():
    """An hour in which `leaky` grows and `net` does not, in two boots, with two gaps."""
    for minute in range(60):
        boot = 1 + minute // 30
        yield minute * 60, "*", '{"event":"state","boot":%d}' % boot
        text = stack("nt!Alloc", "leaky!Get", "nt!Start") * (1 + minute // 6) + stack("nt!Alloc", "NDIS!A", "net!Send", "nt!Start")
        for line in text.splitlines():
            yield minute * 60, "<", line
        if minute in (10, 40):
            yield minute * 60, "!", '{"event":"gap","boot":%d,"reason":"disk full at %d","bytes":5}' % (boot, minute)


def test_trend_gaps_and_the_stack_in_hand(show, keep):
    page = show(journal(*growing_night()))
    assert page.find_element(By.ID, "trend").text.startswith("1 of 2 stacks grow:\nleaky!Get from ")
    assert [g.get_attribute("textContent") for g in page.find_elements(By.CSS_SELECTOR, "#timeline .gap title")] == [
        "gap: disk full at 10", "gap: disk full at 40"]
    xs = [float(g.get_attribute("x1")) for g in page.find_elements(By.CSS_SELECTOR, "#timeline .gap")]
    width = page.execute_script("return document.getElementById('timeline').viewBox.baseVal.width")
    assert [round((x - 45) / (width - 55), 1) for x in xs] == [0.2, 0.7]
    assert not page.find_elements(By.CSS_SELECTOR, "#timeline .some")
    page.find_element(By.CSS_SELECTOR, "#trend button").click()
    some = [b.get_attribute("textContent") for b in page.find_elements(By.CSS_SELECTOR, "#timeline .some title")]
    assert sum(int(b.split(": ")[1].split()[0]) for b in some) == 330
    assert "leaky!Get: 330 of 390 hits" in page.find_element(By.ID, "detail").text
    keep(page, "growing-light")
    page.find_element(By.ID, "theme").click()
    keep(page, "growing-dark")


def test_the_table_has_rate_times_and_commonest_stack(show):
    page = show(journal(*growing_night()))
    assert rows(page) == [
        ["leaky", "330", "84.6 %", "5.59", "1", "2026-11-23 22:00:00", "2026-11-23 22:59:00", "330 by leaky!Get < nt!Start"],
        ["net", "60", "15.4 %", "1.02", "1", "2026-11-23 22:00:00", "2026-11-23 22:59:00", "60 by net!Send < nt!Start"]]
    page.find_elements(By.CSS_SELECTOR, "#ranking .chain button")[1].click()
    assert "net!Send: 60 of 390" in page.find_element(By.ID, "detail").text


@pytest.mark.parametrize("by, title, names", [
    ("boot", "By boot", ["boot 1", "boot 2"]), ("hour", "By hour", ["2026-11-23 22:00"]),
    ("stack", "By stack", ["#1 leaky!Get", "#2 net!Send"]), ("function", "By responsible function", ["leaky!Get", "net!Send"])])
def test_each_ranking_has_names(show, by, title, names):
    page = show(journal(*growing_night()), "--by", by)
    assert page.find_element(By.ID, "h-table").text == title
    assert [r[0] for r in rows(page)] == names
    page.find_element(By.CSS_SELECTOR, "#ranking tbody button").click()
    assert page.find_elements(By.CSS_SELECTOR, "#flame .match" if by == "function" else "#flame .here")


def test_colours_tell_kernel_library_and_driver(show):
    page = show(FEW + stack("nt!Alloc", "helper!Get", "leaky!Read"), "--pass-through", "helper")
    fill = {g.get_attribute("aria-label").split("!")[0]: g.find_element(By.TAG_NAME, "rect").get_attribute("fill")
            for g in page.find_elements(By.CSS_SELECTOR, "#flame g")}
    assert fill["nt"] == "hsl(212, 18%, 76%)" and fill["helper"] == "hsl(45, 30%, 74%)"
    assert len({fill["nt"], fill["helper"], fill["leaky"], fill["net"]}) == 4


def test_a_comparison_is_a_differential_flame_graph(show, keep, tmp, build):
    (tmp / "old.log").write_text(FEW * 10 + stack("nt!Alloc", "gone!Old", "nt!Start") * 400)
    page = show(FEW * 10 + stack("nt!Alloc", "fresh!New", "nt!Start") * 60, "--diff", "old.log")
    assert page.find_element(By.TAG_NAME, "h1").text == "What has changed"
    assert "1 new, 2 grown, 0 same, 0 less, 1 gone" in page.find_element(By.ID, "answer").text
    assert {r[0]: r[1].split(",")[0] for r in rows(page)} == {
        "gone!Old": "gone", "fresh!New": "new", "leaky!Get": "grown", "net!Send": "grown"}
    fill = {g.get_attribute("aria-label").split(":")[0]: g.find_element(By.TAG_NAME, "rect").get_attribute("fill")
            for g in page.find_elements(By.CSS_SELECTOR, "#flame g")}
    assert fill["fresh!New"].startswith("hsl(4,") and fill["gone!Old"].startswith("hsl(214,")
    page.find_elements(By.CSS_SELECTOR, "#ranking .chain button")[0].click()
    assert page.find_element(By.ID, "detail").text == "gone!Old: 83.3 in A, 0.00 in B percent of the hits"
    assert not page.find_elements(By.ID, "timeline")
    keep(page, "diff-light")
    page.find_element(By.ID, "theme").click()
    page.find_element(By.ID, "reset").click()
    keep(page, "diff-dark")
