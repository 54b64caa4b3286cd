# SPDX-License-Identifier: Apache-2.0
#
# RDS's descriptions of what a world says that there is, by Region:
#
#   {pageSize (100), DBClusters, DBInstances, GlobalClusters, BlueGreenDeployments: […, in the names of RDS's own answers]}
#
# moto has clusters and instances of its own, which worlds without any of this see, but no pages of clusters, no
# Blue/Green deployments, no states other than available, and no endpoints that lead anywhere.
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape


# By operation: the list, and the parameter that names one, with its field and the error if it is not there.
OPERATIONS = {
    "DescribeDBClusters": ("DBClusters", "DBClusterIdentifier", "DBClusterNotFoundFault"),
    "DescribeDBInstances": ("DBInstances", "DBInstanceIdentifier", "DBInstanceNotFound"),
    "DescribeGlobalClusters": ("GlobalClusters", "GlobalClusterIdentifier", "GlobalClusterNotFoundFault"),
    "DescribeBlueGreenDeployments": (
        "BlueGreenDeployments",
        "BlueGreenDeploymentIdentifier",
        "BlueGreenDeploymentNotFoundFault",
    ),
}
# How the elements of lists are called, where it is not "member".
MEMBERS = {
    "DBClusters": "DBCluster",
    "DBClusterMembers": "DBClusterMember",
    "ReadReplicaIdentifiers": "ReadReplicaIdentifier",
    "DBInstances": "DBInstance",
    "ReadReplicaDBInstanceIdentifiers": "ReadReplicaDBInstanceIdentifier",
    "ReadReplicaDBClusterIdentifiers": "ReadReplicaDBClusterIdentifier",
    "TagList": "Tag",
    "GlobalClusters": "GlobalClusterMember",
    "GlobalClusterMembers": "GlobalClusterMember",
}


def answer(operation, form, things):
    """The answer to an operation: status, headers, body."""
    asked = dict(parse_qsl(form))
    listed, identifier, not_found = OPERATIONS[operation]
    found = things.get(listed, [])
    if identifier in asked:
        found = [thing for thing in found if thing[identifier] == asked[identifier].lower()]
        if not found:
            return refusal(404, not_found, f"{asked[identifier]} not found.")
    try:
        found = filtered(found, asked)
        known = ("Action", "Version", "MaxRecords", "Marker", identifier)
        unknown = [name for name in asked if name not in known and not name.startswith("Filters.Filter.1.")]
        size = min(int(asked.get("MaxRecords", 100)), things.get("pageSize", 100))
        start = int(asked.get("Marker", "page-0").removeprefix("page-"))
        if unknown or not 20 <= int(asked.get("MaxRecords", 100)) <= 100:
            raise ValueError(f"cannot be: {unknown}, MaxRecords")
    except ValueError as error:
        return refusal(400, "InvalidParameterValue", str(error))
    page = {listed: found[start : start + size]}
    if start + size < len(found):
        page["Marker"] = f"page-{start + size}"
    body = f"<{operation}Result>{xml(page)}</{operation}Result><ResponseMetadata><RequestId>stand-in</RequestId></ResponseMetadata>"
    space = 'xmlns="http://rds.amazonaws.com/doc/2014-10-31/"'
    return 200, {"Content-Type": "text/xml"}, f"<{operation}Response {space}>{body}</{operation}Response>".encode()


def filtered(found, asked):
    name = asked.get("Filters.Filter.1.Name")
    if name is None:
        return found
    if name != "db-cluster-id":
        raise ValueError(f"Unrecognized filter name: {name}")
    value = asked["Filters.Filter.1.Values.Value.1"]
    return [thing for thing in found if thing.get("DBClusterIdentifier") == value]


def xml(value, name=None):
    if isinstance(value, dict):
        return "".join(f"<{key}>{xml(part, key)}</{key}>" for key, part in value.items() if part is not None)
    if isinstance(value, list):
        member = MEMBERS.get(name, "member")
        return "".join(f"<{member}>{xml(part)}</{member}>" for part in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def refusal(status, code, message):
    body = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return status, {"Content-Type": "text/xml"}, f"<ErrorResponse>{body}<RequestId>stand-in</RequestId></ErrorResponse>".encode()
