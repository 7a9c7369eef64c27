// Opens a page as people do, and prints what it is like as JSON: node look_at_page.mjs MODULES CHROMIUM PAGE FOLDER
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, chromium, page, folder] = process.argv.slice(2)
const puppeteer = createRequire(join(modules, 'x.js'))('puppeteer-core')
const axe = readFileSync(join(modules, 'axe-core/axe.min.js'), 'utf8')
const LOOKS = {
  light: { width: 1280, scheme: 'light' },
  dark: { width: 1280, scheme: 'dark' },
  phone: { width: 400, scheme: 'light' },
  print: { width: 794, scheme: 'dark', media: 'print' }
}

const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] })
const seen = { errors: [], requests: [], looks: {} }
try {
  for (const [name, look] of Object.entries(LOOKS)) {
    const tab = await browser.newPage()
    tab.on('pageerror', error => seen.errors.push(error.message))
    tab.on('console', message => seen.errors.push(message.text()))
    tab.on('request', request => seen.requests.push(request.url()))
    // In one call, as each of puppeteer's own two takes back what the other said.
    const debug = await tab.createCDPSession()
    await debug.send('Emulation.setEmulatedMedia', {
      media: look.media ?? 'screen', features: [{ name: 'prefers-color-scheme', value: look.scheme }]
    })
    await tab.setViewport({ width: look.width, height: 900 })
    await tab.goto(pathToFileURL(page))
    await tab.screenshot({ path: join(folder, `${name}.png`), fullPage: look.media === undefined })
    const found = await tab.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      tooWide: document.documentElement.scrollWidth - innerWidth,
      drawn: [...document.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect().width > 0),
      broken: [...document.querySelectorAll('a[href^="#"]')]
        .filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash),
      shut: [...document.querySelectorAll('.list > details:not([open]) > .inside')]
        .filter(inside => !inside.checkVisibility({ contentVisibilityAuto: true })).length
    }))
    // The browser lets no script into the page, so the one that judges it comes by the debugger, in a world of its own.
    const judge = await tab.mainFrame().isolatedRealm().evaluate(`${axe}; axe.run()`)
    found.violations = judge.violations.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)
    found.passes = judge.passes.length
    const focused = []
    for (let i = 0; i < 4; i++) {
      await tab.keyboard.press('Tab')
      focused.push(await tab.evaluate(() => document.activeElement.textContent.trim()))
    }
    found.focused = focused
    seen.looks[name] = found
    if (look.media === 'print') await tab.pdf({ path: join(folder, 'page.pdf'), preferCSSPageSize: true })
    await tab.close()
  }
} finally {
  await browser.close()
}
console.log(JSON.stringify(seen))
