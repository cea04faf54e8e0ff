// Passkeys: asks the site for a question, lets the browser answer it, and sends the form with the answer.
// Without this, or in a browser that knows no passkeys, the forms stay hidden and the other ways remain.
"use strict";

const knows = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;

for (const form of knows ? document.querySelectorAll("[data-passkey]") : []) {
  const makes = form.dataset.passkey === "create";
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[data-failed]");
    said.textContent = "";
    try {
      const token = form.elements.csrfmiddlewaretoken.value;
      const asked = await fetch(form.dataset.question, { method: "POST", headers: { "X-CSRFToken": token } });
      const question = await asked.json();
      const answer = makes
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(question) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(question) });
      form.elements.answer.value = JSON.stringify(answer.toJSON());
      form.submit();
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
}
for (const hint of knows ? document.querySelectorAll("[data-without-passkey]") : []) hint.hidden = true;
