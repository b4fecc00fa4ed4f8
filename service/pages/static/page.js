// Sends the story's request when the order is signed and places the drawn answer under the order.

const find = (selector) => document.querySelector(selector);
const button = find("[data-sign]");
const progress = find("[data-progress]");
const answer = find("[data-answer]");

button?.addEventListener("click", sign);

async function sign() {
  if (button.getAttribute("aria-disabled") === "true") return;
  busy(true);
  say("Asking the service…");
  try {
    const started = performance.now();
    // What is sent is what the page shows as request.json, character for character.
    const response = await post(button.dataset.hook, find("[data-request]").textContent);
    const body = await response.text();
    const took = Math.round(performance.now() - started);
    showRaw(body, `${response.status}, ${took} ms`);
    const drawn = await post(`${button.dataset.drawn}?status=${response.status}`, body);
    if (!drawn.ok) throw new Error(`the answer (${response.status}) could not be drawn`);
    // Markup of our own server, which escaped every value in it.
    answer.innerHTML = await drawn.text();
    answer.hidden = false;
    say(`${outcome()} Answered in ${took} ms.`);
  } catch (error) {
    answer.replaceChildren(unreachable(error));
    answer.hidden = false;
    say("The service gave no answer.");
  } finally {
    busy(false);
  }
}

function post(url, body) {
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

function busy(is) {
  // aria-disabled rather than disabled: the focus stays where the hands are.
  button.setAttribute("aria-disabled", String(is));
  button.classList.toggle("busy", is);
  answer.setAttribute("aria-busy", String(is));
}

function say(text) {
  progress.textContent = text;
}

function outcome() {
  if (answer.querySelector(".problem")) return "No review: the service answered with an error.";
  const cards = answer.querySelectorAll(".card").length;
  const head = cards === 0 ? "No card." : cards === 1 ? "One card." : `${cards} cards.`;
  const tallies = [...answer.querySelectorAll(".tally")];
  if (tallies.length !== 1) return tallies.length ? `${head} ${tallies.length} orders reviewed.` : head;
  const parts = [...tallies[0].children].map((each) => each.textContent.trim());
  return `${head} Criteria: ${parts.join(", ")}.`;
}

function unreachable(error) {
  const box = document.createElement("section");
  box.className = "problem";
  const title = document.createElement("h2");
  title.textContent = "The service gave no answer";
  const text = document.createElement("p");
  text.textContent = `An EHR shows nothing here and lets the clinician sign. (${error.message})`;
  box.append(title, text);
  return box;
}

function showRaw(body, status) {
  let text = body;
  try {
    text = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // Not JSON: shown as it came.
  }
  find("[data-raw-text]").textContent = text;
  find("[data-raw-status]").textContent = status;
  find("[data-raw]").hidden = false;
}

for (const copy of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
}

const chooser = find("[data-chooser]");
const toggle = find("[data-chooser-toggle]");
toggle?.addEventListener("click", () => {
  const open = chooser.classList.toggle("open");
  toggle.setAttribute("aria-expanded", String(open));
});

const filter = find("#filter");
if (filter) {
  find("[data-filter-field]").hidden = false;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const shelf of document.querySelectorAll("[data-shelf]")) {
      let here = 0;
      for (const link of shelf.querySelectorAll("[data-words]")) {
        const fits = words.every((word) => link.dataset.words.includes(word));
        link.closest("li").hidden = !fits;
        here += Number(fits);
      }
      shelf.hidden = here === 0;
      shown += here;
    }
    find("[data-filter-status]").textContent = `${shown} stories`;
  });
  // The chosen story stays in sight in a long list, without moving the page itself.
  const list = find("#chooser-body");
  const current = list.querySelector("[aria-current]");
  if (current) list.scrollTop = current.offsetTop - list.clientHeight / 2;
}
