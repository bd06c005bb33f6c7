// What does a passkey need of the page? The browser's store is asked with our options, and its answer is sent as a form.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue; // an older browser: the other ways are there
  form.hidden = false;
  const said = form.querySelector("[data-said]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      form.elements.answer.value = await ask(form);
      form.submit(); // without another submit event
    } catch (refusal) {
      said.textContent = said.dataset[refusal.message] ?? said.dataset.said;
    }
  });
}

async function ask(form) {
  const deed = form.dataset.passkey;
  const body = new URLSearchParams({ form: form.elements.form.value, deed });
  const answer = await fetch(form.dataset.begin, { method: "POST", body });
  const asked = await answer.json();
  if (asked.lead_to) location.assign(asked.lead_to); // one more proof first, and back to this page
  if (!answer.ok) throw new Error(asked.code);
  form.elements.challenge.value = asked.challenge;
  const options = JSON.parse(asked.options);
  const credential =
    deed === "make"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(credential);
}
