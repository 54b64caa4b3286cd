# SPDX-License-Identifier: Apache-2.0
#
# What moto's Identity Store lacks beside the real one: updates, IsMemberInGroups, the status of users, extensions,
# limits, and errors about what is not there. Works with moto 5.2.
import json

from moto.identitystore import exceptions, models, responses

Backend, Response = models.IdentityStoreBackend, responses.IdentityStoreResponse

# By store and user: fields that moto's users have no place for (UserStatus, Extensions).
more = {}

UPDATABLE = {"username": "UserName", "displayname": "DisplayName", "nickname": "NickName", "emails": "Emails"}


def store(backend, store_id):
    return backend._IdentityStoreBackend__get_identity_store(store_id)


def not_found(kind):
    return exceptions.ResourceNotFoundException(message=f"{kind} not found.", resource_type=kind)


def load(backend, store_id, users, groups):
    """Puts people and groups into a store at once; members by their ids."""
    data = store(backend, store_id)
    for user in users:
        given = {**dict.fromkeys(models.User._fields), "IdentityStoreId": store_id, **user}
        data.users[user["UserId"]] = models.User(**{name: given[name] for name in models.User._fields})
        more[store_id, user["UserId"]] = {name: user[name] for name in user if name not in models.User._fields}
    for group in groups:
        group_id = group["GroupId"]
        data.groups[group_id] = models.Group(group_id, group["DisplayName"], [], "", store_id)
        for number, member in enumerate(group.get("Members", [])):
            membership = f"{group_id}/{number}"
            data.group_memberships[membership] = {
                "IdentityStoreId": store_id,
                "MembershipId": membership,
                "GroupId": group_id,
                "MemberId": {"UserId": member},
            }


def parameters(response):
    get = response._get_param
    return get, store(response.identitystore_backend, get("IdentityStoreId"))


def member_id(get, data):
    user = get("MemberId")["UserId"]
    if user not in data.users:
        raise not_found("USER")
    return user


def is_member_in_groups(self):
    get, data = parameters(self)
    user = member_id(get, data)
    groups = {entry["GroupId"] for entry in data.group_memberships.values() if entry["MemberId"]["UserId"] == user}
    if not 1 <= len(get("GroupIds")) <= 100:
        raise exceptions.ValidationException(message="groupIds: 1 to 100 are allowed")
    if set(get("GroupIds")) - set(data.groups):
        raise not_found("GROUP")
    results = [
        {"GroupId": group, "MemberId": {"UserId": user}, "MembershipExists": group in groups}
        for group in get("GroupIds")
    ]
    return json.dumps({"Results": results})


def get_group_membership_id(self):
    get, data = parameters(self)
    wanted = (get("GroupId"), member_id(get, data))
    for key, entry in data.group_memberships.items():
        if (entry["GroupId"], entry["MemberId"]["UserId"]) == wanted:
            return json.dumps({"IdentityStoreId": get("IdentityStoreId"), "MembershipId": key})
    raise not_found("MEMBERSHIP")


def update_user(self):
    get, data = parameters(self)
    user = get("UserId")
    if user not in data.users:
        raise not_found("USER")
    for operation in get("Operations"):
        path, value = operation["AttributePath"].lower(), operation.get("AttributeValue")
        if path == "userstatus":
            more.setdefault((get("IdentityStoreId"), user), {})["UserStatus"] = value
        elif path in UPDATABLE:
            data.users[user] = data.users[user]._replace(**{UPDATABLE[path]: value})
        else:
            raise exceptions.ValidationException(message=f"Unsupported attribute path {path}")
    return "{}"


def update_group(self):
    get, data = parameters(self)
    group = get("GroupId")
    if group not in data.groups:
        raise not_found("GROUP")
    for operation in get("Operations"):
        if operation["AttributePath"].lower() != "displayname":
            raise exceptions.ValidationException(message="Unsupported attribute path")
        data.groups[group] = data.groups[group]._replace(DisplayName=operation["AttributeValue"])
    return "{}"


def complete(user, extensions):
    """A user as the real service shows it: without empty fields, with those that moto does not know."""
    known = dict(more.get((user["IdentityStoreId"], user["UserId"]), {}))
    extra = {name: value for name, value in known.pop("Extensions", {}).items() if name in extensions}
    shown = {**user, **known, **({"Extensions": extra} if extra else {})}
    return {name: value for name, value in shown.items() if value is not None}


def describe_user(original):
    def describe(self):
        user = json.loads(original(self))
        return json.dumps(complete(user, self._get_param("Extensions") or []))

    return describe


def listing(original, name):
    def answer(self):
        get, data = parameters(self)
        limit = get("MaxResults")
        if limit is not None and not 1 <= int(limit) <= 100:
            raise exceptions.ValidationException(message="maxResults: 1 to 100 are allowed")
        if name == "list_group_memberships" and get("GroupId") not in data.groups:
            raise not_found("GROUP")
        if name == "list_group_memberships_for_member":
            member_id(get, data)
        page = json.loads(original(self))
        if name == "list_users":
            page["Users"] = [complete(user, get("Extensions") or []) for user in page["Users"]]
        return json.dumps({key: value for key, value in page.items() if value is not None})

    return answer


def deletion(collection, kind):
    def delete(self, identity_store_id, **ids):
        data = store(self, identity_store_id)
        (found,) = ids.values()
        if found not in getattr(data, collection):
            raise not_found(kind)
        del getattr(data, collection)[found]
        # The real service takes memberships along.
        for key, entry in list(data.group_memberships.items()):
            if found in (entry["GroupId"], entry["MemberId"]["UserId"]):
                del data.group_memberships[key]

    return delete


def create_group_membership(original):
    def create(self, identity_store_id, group_id, member_id):
        for entry in store(self, identity_store_id).group_memberships.values():
            if entry["GroupId"] == group_id and entry["MemberId"] == member_id:
                raise exceptions.ConflictException(
                    message="Member and group relationship already exists.", reason="UNIQUENESS_CONSTRAINT_VIOLATION"
                )
        return original(self, identity_store_id, group_id, member_id)

    return create


def install():
    Response.is_member_in_groups = is_member_in_groups
    Response.get_group_membership_id = get_group_membership_id
    Response.update_user, Response.update_group = update_user, update_group
    Response.describe_user = describe_user(Response.describe_user)
    for name in ("list_users", "list_groups", "list_group_memberships", "list_group_memberships_for_member"):
        setattr(Response, name, listing(getattr(Response, name), name))
    Backend.create_group_membership = create_group_membership(Backend.create_group_membership)
    Backend.delete_user, Backend.delete_group = deletion("users", "USER"), deletion("groups", "GROUP")
