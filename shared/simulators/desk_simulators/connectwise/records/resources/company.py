"""The company, finance, time and system modules (contract 4.3, 4.4)."""

from desk_simulators.connectwise.records.resources.common import COMPANY_REFERENCE, CONTACT_REFERENCE, MEMBER_REFERENCE
from desk_simulators.connectwise.records.resources.resource import Reference, Resource, names

COMPANY = Resource(
    name="company",
    path="company/companies",
    fields=names(
        """identifier name status types site territory market defaultContact timeZoneSetup calendar isVendorFlag
        integratorTags customFields phoneNumber website addressLine1 city state zip country deletedFlag"""
    ),
    required=("identifier", "name"),
    references={"status": Reference("company_status"), "defaultContact": CONTACT_REFERENCE},
    limits={"identifier": 30, "name": 50},
    defaults={"deletedFlag": False, "isVendorFlag": False},
    writable=True,
    indexed=("identifier", "name"),
    callback="company",
)
COMPANY_STATUS = Resource(
    "companyStatus",
    "company/companies/statuses",
    names("name defaultFlag inactiveFlag notifyFlag disallowSavingFlag"),
    indexed=("name",),
)
CONTACT = Resource(
    name="contact",
    path="company/contacts",
    fields=names(
        """firstName lastName company site title inactiveFlag defaultFlag types communicationItems relationship
        portalSecurityLevel disablePortalLoginFlag managerContact department customFields marriedFlag childrenFlag
        unsubscribeFlag mobileGuid defaultBillingFlag"""
    ),
    required=("firstName",),
    references={"company": COMPANY_REFERENCE, "managerContact": CONTACT_REFERENCE},
    read_only=names("fullName"),
    limits={"firstName": 30, "lastName": 30, "title": 100},
    defaults={
        "inactiveFlag": False,
        "marriedFlag": False,
        "childrenFlag": False,
        "disablePortalLoginFlag": True,
        "unsubscribeFlag": False,
        "defaultBillingFlag": False,
        "defaultFlag": False,
    },
    writable=True,
    indexed=("company/id", "fullName"),
    callback="contact",
)
CONFIGURATION = Resource(
    name="configuration",
    path="company/configurations",
    fields=names(
        """name type status company contact site deviceIdentifier serialNumber modelNumber tagNumber sla
        warrantyExpirationDate macAddress ipAddress osType osInfo lastLoginName parentConfigurationId manufacturer
        vendor activeFlag installationDate notes customFields"""
    ),
    required=("name", "type", "company"),
    objects=names("type"),
    references={"company": COMPANY_REFERENCE, "contact": CONTACT_REFERENCE},
    limits={"name": 100},
    defaults={"activeFlag": True},
    writable=True,
    indexed=("company/id", "name", "deviceIdentifier", "serialNumber"),
    callback="configuration",
)
AGREEMENT = Resource(
    name="agreement",
    path="finance/agreements",
    fields=names(
        """name type company contact startDate endDate noEndingDateFlag cancelledFlag agreementStatus sla
        applicationUnits applicationLimit applicationCycle applicationUnlimitedFlag coverAgreementTime
        coverAgreementProduct coverAgreementExpense billTime parentAgreement billAmount customFields"""
    ),
    required=("name", "type", "company", "contact"),
    objects=names("type"),
    references={"company": COMPANY_REFERENCE, "contact": CONTACT_REFERENCE},
    choices={
        "agreementStatus": ("Active", "Cancelled", "Expired", "Inactive"),
        "applicationUnits": ("Amount", "Hours", "Incidents"),
    },
    defaults={"agreementStatus": "Active", "cancelledFlag": False, "noEndingDateFlag": True},
    writable=True,
    indexed=("company/id", "name"),
    callback="agreement",
)
ADDITION = Resource(
    "addition",
    "finance/agreements/additions",
    names("agreementId product quantity unitPrice billCustomer effectiveDate description"),
    indexed=("agreementId",),
)
TIME_ENTRY = Resource(
    name="timeEntry",
    path="time/entries",
    fields=names(
        """chargeToId chargeToType member workRole workType company agreement timeStart timeEnd actualHours
        hoursDeduct hoursBilled invoiceHours billableOption notes internalNotes addToDetailDescriptionFlag
        addToInternalAnalysisFlag addToResolutionFlag emailContactFlag customFields"""
    ),
    required=("timeStart",),
    required_on_replace=("billableOption",),
    references={
        "member": MEMBER_REFERENCE,
        "workRole": Reference("work_role"),
        "workType": Reference("work_type"),
        "company": COMPANY_REFERENCE,
        "agreement": Reference("agreement", ("id", "name"), {"id": "id", "name": "name", "type": "type/name"}),
    },
    read_only=names("invoiceFlag status ticket dateEntered"),
    choices={
        "chargeToType": ("ServiceTicket", "ProjectTicket", "ChargeCode", "Activity"),
        "billableOption": ("Billable", "DoNotBill", "NoCharge", "NoDefault"),
    },
    defaults={
        "chargeToType": "ServiceTicket",
        "addToDetailDescriptionFlag": False,
        "addToInternalAnalysisFlag": False,
        "addToResolutionFlag": False,
        "emailContactFlag": False,
    },
    writable=True,
    indexed=("chargeToId", "member/id"),
    callback="time",
)
WORK_ROLE = Resource("workRole", "time/workRoles", names("name inactiveFlag hourlyRate"), indexed=("name",))
WORK_TYPE = Resource(
    "workType", "time/workTypes", names("name inactiveFlag billTime defaultFlag utilizationFlag"), indexed=("name",)
)
MEMBER = Resource(
    name="member",
    path="system/members",
    fields=names(
        """identifier firstName lastName title inactiveFlag licenseClass officeEmail primaryEmail timeZone calendar
        workRole workType defaultLocation securityRole"""
    ),
    read_only=names("fullName"),
    indexed=("identifier",),
    callback="member",
)
