"""Currencies of ISO 4217 and the decimals of their minor unit."""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.problems import Fault

_DECIMALS: Mapping[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR "
    "RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD "
    "TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_UNITS: Mapping[str, int] = {code: digits for digits, codes in _DECIMALS.items() for code in codes.split()}
"""Decimals of the minor unit, by code: EUR 2, JPY 0, KWD 3. Codes without a minor unit (XAU, XDR) are left out."""


def minor_unit(code: str) -> int:
    """The decimals of the currency's minor unit; 2 for a code of an earlier document that ISO 4217 does not have."""
    return _MINOR_UNITS.get(code, 2)


def listed_currency(code: str) -> str:
    """The code, if ISO 4217 has it; a Fault otherwise."""
    if code not in _MINOR_UNITS:
        raise Fault(f"unknown currency {code!r}", "use a code of ISO 4217 such as EUR or USD", code="unknown_currency")
    return code
