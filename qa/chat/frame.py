"""The parts of the page that never change: masthead, question box, list of conversations, dialogs."""

from __future__ import annotations

TITLE = "Ask the articles"

HEADER = f"""
<header class="masthead">
  <button type="button" class="quiet" data-talks aria-expanded="false" aria-controls="talks">Conversations</button>
  <h1>{TITLE}</h1>
  <p>Short answers, each tied to the exact words of an article.</p>
  <nav aria-label="Views">
    <button type="button" class="quiet" data-new>New</button>
    <button type="button" class="quiet" data-view="room" aria-pressed="true">Chat</button>
    <button type="button" class="quiet" data-view="library" aria-pressed="false">Library</button>
  </nav>
</header>"""

TALKS = """
<nav aria-label="Conversations" class="talks">
  <div class="head"><h2 class="panel-title">Conversations</h2>
    <button type="button" class="quiet" data-talks-close>Close</button></div>
  <button type="button" class="quiet" data-new>New conversation</button>
  <ul role="list" class="list"></ul>
  <p class="note">Export this conversation:
    <button type="button" class="quiet inline" data-export="md">Markdown</button>
    <button type="button" class="quiet inline" data-export="json">JSON</button></p>
</nav>"""

BOX = """
<form class="ask">
  <div class="chips" role="group" aria-label="Only these articles are asked" hidden></div>
  <p class="editing note" hidden><span></span>
    <button type="button" class="quiet inline" data-cancel>Cancel</button></p>
  <p class="next note" hidden></p>
  <div class="line">
    <textarea rows="1" aria-label="Your question" placeholder="Ask a question, then press Enter"
      autocapitalize="sentences" spellcheck="true" dir="auto"></textarea>
    <button type="submit" class="submit-button">Ask</button>
    <button type="button" class="submit-button stop" title="Stop (Escape)" hidden>Stop</button>
  </div>
</form>"""

READER = """
<dialog class="reader" aria-labelledby="reader-title">
  <p class="head"><button type="button" class="quiet" data-reader-close>Close the article</button>
    <span class="name" dir="auto" aria-hidden="true"></span></p>
  <div class="about"></div>
  <div class="article-text" dir="auto" tabindex="-1"></div>
</dialog>"""

DIALOGS = """
<div class="peek" id="peek" role="tooltip" hidden><p class="quoted" dir="auto"></p>
  <p class="byline" dir="auto"></p></div>
<div class="toast" role="status" hidden><span></span><button type="button" class="quiet" hidden>Undo</button></div>
<dialog class="judging" aria-labelledby="judging-title"><form method="dialog">
  <h2 id="judging-title">What would be right?</h2>
  <p class="note">What you say here becomes a question that <span class="command">qa eval</span> can ask again.</p>
  <label>The right answer, if you know it<textarea rows="2" dir="auto" maxlength="1000"></textarea></label>
  <label class="check"><input type="checkbox">The articles do not answer this</label>
  <menu><button type="submit" value="save" class="submit-button">Save</button>
    <button type="submit" value="cancel" class="quiet" formnovalidate>Cancel</button></menu>
</form></dialog>
<dialog class="deleting" aria-labelledby="deleting-title"><form method="dialog">
  <h2 id="deleting-title">Delete this conversation?</h2>
  <p class="note" dir="auto"></p>
  <menu><button type="submit" value="delete" class="submit-button">Delete</button>
    <button type="submit" value="cancel" class="quiet">Cancel</button></menu>
</form></dialog>"""
