"""Absence notices and messages of mail servers are distinguished from people's replies."""

from __future__ import annotations

import time

import pytest

from desk_intake.psa.conversation.mail.auto_reply_detection import is_automatic

NOTICES = (
    "[Auto-Reply] VPN down",
    "Away until Monday",
    "On vacation until 3 August",
    "Sorry, I'm out of the office right now, I'll check when I'm back on Monday.",
    "This mailbox is not monitored.",
    "Wegen Urlaub bin ich bis 20. Juli nicht erreichbar.",
    "Actuellement en vacances, je répondrai à mon retour.",
    "Estaré fuera de la oficina del 3 al 20 de julio",
    "Ik ben op vakantie t/m 20 juli. Bij spoed: 0612345678",
    "Please note that I am out of the office today.",
    "I am out of the office this week and will reply when I am back.",
    "Vom 3. bis 20. Juli bin ich nicht im Büro.",
    "Vielen Dank für Ihre Nachricht.\nIch bin erst am 20. Juli wieder im Büro und bin bis dahin im Urlaub.",
    "I am out of the office attending a conference until Monday.",
    "Je suis absente jusqu'au lundi et je répondrai dès mon retour.",
    "I am currently out of the office until Monday 20 July.",
    "Thank you for your message. I am on annual leave until 20 July.",
    "Automatisch antwoord: ik ben afwezig",
    "Réponse automatique : absent jusqu'au 20 juillet",
    "Subject: Automatic reply: VPN down\n\nI am away",
    "Hi,\r\n\r\nI'm out of the office with limited access to email. I will respond when I "
    "return.\r\n\r\nFor urgent matters please contact the help desk at 555 0100.\r\n\r\nKind regards,\r\nPat "
    "Doe\r\nAcme",
    "Hello Jane,\n\nThank you for your e-mail. I am on vacation from July 6 through July 20 and will "
    "reply to your message upon my return.\n\nPat",
    "Ich bin bis zum 20. Juli nicht im Büro. In dringenden Fällen wenden Sie sich bitte an Frau "
    "Muster (muster@acme.example).\n\nMit freundlichen Grüßen\nPat",
    "Sehr geehrte Damen und Herren,\n\nvielen Dank für Ihre Nachricht. Ich bin derzeit im Urlaub und "
    "ab dem 3. August wieder erreichbar. Ihre E-Mail wird nicht weitergeleitet.",
    "Beste,\n\nIk ben momenteel met vakantie tot en met 20 juli. Bij dringende zaken kunt u contact "
    "opnemen met de helpdesk.\n\nMet vriendelijke groet,\nPat",
    "Bonjour,\n\nJe suis actuellement en congés jusqu'au 20 juillet. Je répondrai à votre message dès "
    "mon retour.\n\nCordialement,\nPat",
    "Bonjour, je suis absente du bureau du 3 au 20 juillet. En cas d'urgence, veuillez contacter le support.",
    "Hola, estoy de vacaciones hasta el 20 de julio. Responderé a su mensaje a mi regreso.\n\nSaludos",
    "Gracias por su mensaje. Me encuentro fuera de la oficina hasta el lunes.",
    "Buongiorno, sono in ferie fino al 20 luglio. Risponderò al mio rientro. Cordiali saluti",
    "Sono fuori ufficio. In caso di urgenza contattare l'helpdesk.",
    "Abwesenheitsnotiz: VPN down",
    "Automatische Antwort: VPN",
    "Risposta automatica: VPN",
    "Respuesta automática: VPN",
    "Undeliverable: VPN down",
    "Delivery Status Notification (Failure)",
    "Delivery has failed to these recipients or groups:\n\npat@acme.example",
    "Mail delivery failed: returning message to sender",
    "Unzustellbar: VPN",
    "<p>I&rsquo;m out of the office until <b>Monday</b>.</p><p>Regards,<br>Pat</p>",
    "Auto-Submitted: auto-replied\n\nSee you",
    "Out of Office: VPN down",
    "I am out of the office.",
    "I will be out of the office from July 6 until July 20. I will get back to you as soon as "
    "possible after my return.",
    "Our office is closed until 2 January. We will respond to your message when we are back.",
    "I am currently out of the\noffice until Monday",
    "Thank you for your message.\nI am currently away from my desk and will return on Monday 20 "
    "July. If your request\nis urgent please contact jane@acme.example.\n\n> Please confirm the "
    "window?\n> [desk-ref x]",
    "I am on parental leave until September. Your message will not be forwarded.",
    "I'm on PTO until Thursday",
    "Re\u0301ponse automatique : VPN",
    "Ich befinde mich bis 20.07. im Urlaub.",
    "Thank you for your e-mail. I am currently out of the office and will return on Monday, 20 July "
    "2026. In urgent cases please contact our reception at +1 555 010 0100.\n\nBest regards\nPat "
    "Doe\nHead of Sales\nAcme Corp",
    "Guten Tag,\n\nvielen Dank für Ihre E-Mail. Ich bin vom 03.07. bis einschließlich 20.07. im "
    "Urlaub und habe keinen Zugriff auf meine E-Mails. Meine Vertretung ist Frau Muster.\n\nViele "
    "Grüße\nPat Doe",
    "Hallo,\r\nik ben tot en met 20 juli afwezig.\r\nUw bericht wordt niet doorgestuurd.\r\nMet "
    "vriendelijke groeten,\r\nPat",
    "Madame, Monsieur,\n\nJe suis en congé du 3 au 20 juillet inclus.\n\nBien cordialement,\nPat Doe",
    "Buenos días:\n\nActualmente estoy de vacaciones y regresaré el 20 de julio. En caso de urgencia "
    "contacte con soporte@acme.example.\n\nUn saludo",
    "Gentili clienti,\n\nsarò assente dal 3 al 20 luglio. In caso di urgenza potete contattare "
    "l'assistenza.\n\nCordiali saluti",
)
ANSWERS = (
    "I'm out of office tomorrow",
    "I am on leave tomorrow, could be done on Friday",
    "Potete procedere pure, sono in ferie",
    "The VPN fails when I am away from the office",
    "I am on leave and the laptop stays on my desk",
    "I am out of the office with the old laptop that has no VPN",
    "Nobody can print while our office is closed",
    "I will be out of office tomorrow, yes please go ahead",
    "Yes, go ahead. I am out of the office until Monday.",
    "I am on annual leave next week, so please do it before Friday",
    "I am out of the office, call me on my mobile",
    "Out of office tomorrow but yes, go ahead",
    "Automatic reply is not working for our mailbox",
    "Mail delivery failed for all users since this morning",
    "Undeliverable mails keep coming back to us",
    "I will be out of the office tomorrow.",
    "Pat is on annual leave, I can test it for her",
    "I was on leave, sorry for the late answer",
    "Approved. I am away until Monday.",
    "I am away from my desk until noon, the laptop is on the left table",
    "Ich bin morgen nicht im Büro, bitte machen Sie weiter",
    "Ja, einverstanden. Ich bin ab morgen im Urlaub.",
    "Je suis absent demain, allez-y",
    "Oui, vous pouvez y aller. Je suis en congés jusqu'à lundi.",
    "Ik ben morgen afwezig, gaat uw gang",
    "Estoy fuera de la oficina mañana, adelante",
    "Sono in ferie da domani, procedete pure",
    "Yes, go ahead\n",
    "RE: Automatic reply: VPN down\n\nIt works now",
    "Subject: RE: Automatic reply: VPN\n\nYes",
    "When I am out of the office the VPN does not connect",
    "I am out of the office and the VPN is down again",
    "Our out of office replies are sent twice",
    "Delivery failed for the mail to our customer, please check",
    "The automatic reply of our shared mailbox is wrong",
    "I'm on holiday but you can remote in any time",
    "I am travelling and cannot log in",
    "We are closed on Friday, come on Monday",
    "I am away until Monday. The server key is at reception.",
    "Out of office until Monday. Approved.",
    "Thanks, that solved it. I am out of the office from tomorrow.",
    "I'm out of office today. Can we do Tuesday?",
    "Thanks",
    "Bonjour, je suis absente demain mais vous pouvez passer.",
    "Hola, estoy de vacaciones, pero pueden proceder.",
    "Ciao, sono in ferie ma potete procedere.",
    "Hallo, ich bin im Urlaub, aber machen Sie ruhig weiter.",
    "Ik ben met vakantie, maar u mag doorgaan.",
    "Please go ahead.\n\n> I am currently out of the office until Monday 20 July.",
    "Yes.\n\nOn Mon, 13 Jul 2026 at 09:00, Pat Doe <pat@acme.example> wrote:\n> Automatic reply: I am on leave",
    "",
    " \n",
)


@pytest.mark.parametrize("text", NOTICES)
def test_a_notice_of_a_mail_program_is_no_answer(text: str) -> None:
    assert is_automatic(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_words_of_a_person_stay_an_answer(text: str) -> None:
    assert not is_automatic(text)


@pytest.mark.parametrize(
    "text",
    ["a " * 25_000, "<" * 50_000, "<a " * 15_000, "I am out of the office " * 2000, "> " * 20_000, "i will " * 7000],
)
@pytest.mark.alone
def test_a_hostile_text_is_judged_quickly(text: str) -> None:
    begun = time.perf_counter()
    is_automatic(text)
    assert time.perf_counter() - begun < 2
