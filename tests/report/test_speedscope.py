"""What speedscope's own importer makes of `--format speedscope`: npm's speedscope 1.25.0, which scripts/setup puts
into build/npm, in headless Chromium."""
import base64
import os
import subprocess

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

STACK = "ChildEBP RetAddr  \n" + "".join(f"f64138c0 8048b640 {f}+0x1\n" for f in ("nt!Alloc", "{0}!Get", "{0}!<b>")) + "kd> g\n"


@pytest.fixture(scope="module")
def importer(root):
    page = root / "build/npm/node_modules/speedscope/dist/release/index.html"
    if not page.exists():
        pytest.skip(f"no {page}: scripts/setup check brings it, with npm")
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900",
                 "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(word)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)

    def load(data):
        """The page with that file in it."""
        driver.get("about:blank")
        driver.get(f"file://{page}#localProfilePath=none.js")
        WebDriverWait(driver, 20).until(lambda d: d.execute_script("return typeof speedscope !== 'undefined'"))
        driver.execute_script("speedscope.loadFileFromBase64('x.speedscope.json', arguments[0])",
                              base64.b64encode(data).decode())
        return driver
    yield load
    driver.quit()


def text(driver):
    return driver.find_element(By.TAG_NAME, "body").text


def test_speedscope_reads_it(importer, build, tmp, root):
    (tmp / "x.log").write_text(STACK.format("leaky") * 30 + STACK.format("net") * 10)
    data = subprocess.run([build / "livedebug", "report", "--format", "speedscope", "x.log"], cwd=tmp,
                          capture_output=True, timeout=20, check=True).stdout
    page = importer(data)
    WebDriverWait(page, 20).until(lambda d: "Sandwich" in text(d))
    assert "hits" in page.title or "hits" in text(page)
    page.find_element(By.TAG_NAME, "body").send_keys("3")  # the sandwich view: a table of frames with their weights
    WebDriverWait(page, 20).until(lambda d: "leaky!Get" in text(d))
    rows = {r.text.split("\n")[-1].split()[-1]: r.text for r in page.find_elements(By.CSS_SELECTOR, "table tr")}
    os.makedirs(root / "build/screenshots", exist_ok=True)
    page.save_screenshot(str(root / "build/screenshots/speedscope.png"))
    assert {"nt!Alloc", "leaky!Get", "leaky!<b>", "net!Get", "net!<b>"} <= set(rows)
    assert "40" in rows["nt!Alloc"] and "30" in rows["leaky!Get"] and "10" in rows["net!Get"]
