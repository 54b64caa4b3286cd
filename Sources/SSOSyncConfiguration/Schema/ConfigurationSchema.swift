// SPDX-License-Identifier: Apache-2.0

/// The JSON Schema of ``ConfigurationFile``'s document, for editors and for checks in pull requests.
///
/// What concerns several values, such as two targets of one name, the program itself checks; a schema can hardly say it.
public enum ConfigurationSchema {
    /// The schema, in draft 2020-12 (<https://json-schema.org/draft/2020-12>).
    public static let text = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "sso-sync configuration",
          "type": "object",
          "additionalProperties": false,
          "required": ["version", "owner", "directory"],
          "oneOf": [
            { "required": ["targets"], "properties": { "hub": false } },
            {
              "required": ["hub"],
              "properties": {
                "targets": false, "brake": false, "targetMemory": false,
                "rollout": { "properties": { "ring": false } },
                "directory": { "properties": { "snapshot": false } }
              }
            }
          ],
          "properties": {
            "version": { "const": 1, "description": "The layout of this document." },
            "owner": { "$ref": "#/$defs/name", "description": "This deployment; it stands in every marker." },
            "directory": {
              "type": "object",
              "description": "Where people and groups come from.",
              "oneOf": [
                {
                  "additionalProperties": false,
                  "required": ["identityCenter"],
                  "properties": { "identityCenter": { "$ref": "#/$defs/identityCenter" } }
                },
                {
                  "additionalProperties": false,
                  "required": ["file"],
                  "properties": {
                    "file": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": ["path"],
                      "properties": {
                        "path": { "$ref": "#/$defs/text", "description": "A file of people, groups and memberships." },
                        "id": { "$ref": "#/$defs/name", "description": "Which directory it is; it stands in every marker, so changing it lets go of all accounts." }
                      }
                    }
                  }
                },
                {
                  "additionalProperties": false,
                  "required": ["snapshot"],
                  "properties": { "snapshot": { "$ref": "#/$defs/snapshot" } }
                }
              ]
            },
            "accountName": {
              "enum": ["userName", "email", "nickName", "employeeNumber"],
              "default": "userName",
              "description": "The attribute of a person that becomes the account's name."
            },
            "targets": {
              "type": "array",
              "description": "Database servers.",
              "minItems": 1,
              "items": { "$ref": "#/$defs/target" }
            },
            "hub": { "$ref": "#/$defs/hub" },
            "rollout": {
              "type": "object",
              "description": "How far runs may go, whatever the modes of targets.",
              "additionalProperties": false,
              "properties": {
                "ring": { "$ref": "#/$defs/ring", "description": "The ring that has been reached: targets in later ones are only planned." },
                "freeze": {
                  "enum": ["joins", "everything"],
                  "description": "joins: let nobody in and grant nothing. everything: change nothing, not even for those who leave."
                }
              }
            },
            "brake": { "$ref": "#/$defs/brake", "description": "The limits on what a day may change on one target." },
            "notify": {
              "type": "array",
              "description": "Who is told how a run went.",
              "items": { "$ref": "#/$defs/notifier" }
            },
            "reports": { "$ref": "#/$defs/reports" },
            "notifyMemory": { "$ref": "#/$defs/text", "description": "A file that keeps what was told, so that the next process does not tell it again." },
            "targetMemory": { "$ref": "#/$defs/text", "description": "A file that keeps what targets that pause were in step with, so that full runs need not wake them." }
          },
          "$defs": {
            "text": { "type": "string", "minLength": 1 },
            "name": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,63}$" },
            "host": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,253}$" },
            "port": { "type": "integer", "minimum": 1, "maximum": 65535 },
            "roleArn": { "type": "string", "pattern": "^arn:aws[^:]*:iam::[0-9]{12}:role/.+$" },
            "databaseId": { "type": "string", "pattern": "^(?=.{1,63}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$" },
            "region": { "type": "string", "pattern": "^[a-z0-9-]+$" },
            "s3": { "type": "string", "pattern": "^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+$" },
            "sha256": { "type": "string", "pattern": "^[0-9a-fA-F]{64}$" },
            "globs": {
              "type": "array",
              "items": { "type": "string", "minLength": 1, "pattern": "^[^?{}\\[\\]]*$" }
            },
            "identityCenter": {
              "type": "object",
              "description": "AWS IAM Identity Center.",
              "additionalProperties": false,
              "if": { "required": ["externalId"] },
              "then": { "required": ["roleArn"] },
              "properties": {
                "region": { "$ref": "#/$defs/region", "description": "Where it is; by default AWS_REGION, or the profile's." },
                "identityStoreId": {
                  "type": "string",
                  "pattern": "^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
                  "description": "By default the only one there is."
                },
                "roleArn": { "$ref": "#/$defs/roleArn", "description": "A role to assume for reading." },
                "externalId": { "$ref": "#/$defs/text", "description": "The word that the role's owner asks for." },
                "requestsPerSecond": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 100,
                  "default": 5,
                  "description": "Of the quota of 20 that everybody shares."
                }
              }
            },
            "snapshot": {
              "type": "object",
              "description": "What sso-sync snapshot has written.",
              "oneOf": [
                {
                  "required": ["path"],
                  "properties": { "s3": false, "versionId": false, "region": false, "roleArn": false, "externalId": false }
                },
                { "required": ["s3"], "properties": { "path": false } }
              ],
              "if": { "required": ["publicKey"] },
              "then": { "properties": { "publicKeySHA256": false } },
              "else": { "required": ["publicKeySHA256"] },
              "additionalProperties": false,
              "required": ["directoryId"],
              "properties": {
                "path": { "$ref": "#/$defs/text", "description": "The snapshot's file." },
                "s3": { "$ref": "#/$defs/s3", "description": "The snapshot's place in S3." },
                "versionId": { "$ref": "#/$defs/text", "description": "By default the current version." },
                "region": { "$ref": "#/$defs/region", "description": "Where the bucket is; by default AWS_REGION, or the profile's." },
                "roleArn": {
                  "type": "string",
                  "pattern": "^arn:aws[^:]*:iam::[0-9]{12}:role/.+$",
                  "description": "A role to assume for reading."
                },
                "externalId": { "$ref": "#/$defs/text", "description": "The word that the role's owner asks for." },
                "publicKey": {
                  "description": "A file with the public key, in PEM; two while the key is being changed.",
                  "oneOf": [
                    { "$ref": "#/$defs/text" },
                    { "type": "array", "minItems": 1, "maxItems": 2, "items": { "$ref": "#/$defs/text" } }
                  ]
                },
                "publicKeySHA256": {
                  "description": "Or the SHA-256 of the public key in DER, or two.",
                  "oneOf": [
                    { "$ref": "#/$defs/sha256" },
                    { "type": "array", "minItems": 1, "maxItems": 2, "items": { "$ref": "#/$defs/sha256" } }
                  ]
                },
                "directoryId": { "$ref": "#/$defs/name", "description": "Which directory it has to be of." },
                "maxAge": {
                  "type": "string",
                  "pattern": "^(?=.*[1-9])[0-9]{1,6}[dhm]$",
                  "default": "1h",
                  "description": "For how long it is good."
                },
                "memory": { "$ref": "#/$defs/text", "description": "A file that remembers the latest one, so that no older one passes." }
              }
            },
            "hub": {
              "type": "object",
              "description": "Instead of targets: the directory is read for functions that have some, signed and sent to them.",
              "additionalProperties": false,
              "required": ["key", "snapshots", "spokes"],
              "properties": {
                "key": { "$ref": "#/$defs/text", "description": "The key in KMS that signs: its id or ARN, or an alias." },
                "snapshots": {
                  "type": "array",
                  "description": "Where snapshots are written, a place for each Region of spokes.",
                  "minItems": 1,
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["s3"],
                    "properties": { "s3": { "$ref": "#/$defs/s3" }, "region": { "$ref": "#/$defs/region" } }
                  }
                },
                "spokes": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/spoke" } }
              }
            },
            "spoke": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "queueUrl", "targets", "groups"],
              "properties": {
                "name": {
                  "type": "string",
                  "pattern": "^(?![0-9]{4}$)[A-Za-z0-9._-]{1,63}$",
                  "description": "What it is called in logs. Not the name of a year, which a folder of reports has."
                },
                "queueUrl": {
                  "type": "string",
                  "pattern": "^([hH][tT][tT][pP][sS]://|http://(localhost|127[.]|\\[::1\\]))[!-~]+$",
                  "description": "The queue that it has its messages from."
                },
                "region": { "$ref": "#/$defs/region", "description": "By default the one that the address names." },
                "targets": { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "$ref": "#/$defs/name" } },
                "groups": {
                  "description": "The groups that its targets map: names, or names with the ids that they are pinned to.",
                  "oneOf": [
                    { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "$ref": "#/$defs/text" } },
                    {
                      "type": "object",
                      "minProperties": 1,
                      "propertyNames": { "minLength": 1 },
                      "additionalProperties": { "oneOf": [{ "$ref": "#/$defs/text" }, { "type": "null" }] }
                    }
                  ]
                }
              }
            },
            "notifier": {
              "type": "object",
              "oneOf": [
                {
                  "additionalProperties": false,
                  "required": ["sns"],
                  "properties": {
                    "sns": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": ["topicArn"],
                      "properties": {
                        "topicArn": { "type": "string", "pattern": "^arn:aws[^:]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}$" }
                      }
                    },
                    "on": { "$ref": "#/$defs/noticeKinds" },
                    "detail": { "$ref": "#/$defs/noticeDetail" }
                  }
                },
                {
                  "additionalProperties": false,
                  "required": ["eventBridge"],
                  "properties": {
                    "eventBridge": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": ["bus"],
                      "properties": {
                        "bus": {
                          "type": "string",
                          "pattern": "^(arn:aws[^:]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/)?[A-Za-z0-9_./-]{1,256}$",
                          "description": "Its name, such as default, or its ARN."
                        },
                        "region": { "$ref": "#/$defs/region", "description": "Of a bus by name; by default AWS_REGION, or the profile's." }
                      }
                    },
                    "on": { "$ref": "#/$defs/noticeKinds" },
                    "detail": { "$ref": "#/$defs/noticeDetail" }
                  }
                },
                {
                  "additionalProperties": false,
                  "required": ["webhook"],
                  "properties": {
                    "webhook": { "$ref": "#/$defs/webhook" },
                    "on": { "$ref": "#/$defs/noticeKinds" },
                    "detail": { "$ref": "#/$defs/noticeDetail" }
                  }
                },
                {
                  "additionalProperties": false,
                  "required": ["log"],
                  "properties": { "log": { "type": ["object", "null"], "additionalProperties": false, "properties": {} } }
                }
              ]
            },
            "noticeKinds": {
              "type": "array",
              "description": "What is told.",
              "minItems": 1,
              "default": ["failure", "brake"],
              "items": { "enum": ["failure", "brake", "conflict", "changes", "recovered"] }
            },
            "noticeDetail": {
              "enum": ["counts", "names"],
              "default": "counts",
              "description": "counts: figures and ids. names: accounts, roles and the text of errors, too."
            },
            "variable": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
            "webhook": {
              "type": "object",
              "additionalProperties": false,
              "allOf": [
                { "oneOf": [{ "required": ["url"] }, { "required": ["urlFile"] }, { "required": ["urlVariable"] }] },
                { "not": { "required": ["secretFile", "secretVariable"] } }
              ],
              "properties": {
                "url": { "type": "string", "pattern": "^([hH][tT][tT][pP][sS]://|http://(localhost|127[.]|\\[::1\\]))[!-~]+$", "description": "https; http on this machine only." },
                "urlFile": { "$ref": "#/$defs/text", "description": "A file that holds the address, which is a secret with Slack." },
                "urlVariable": { "$ref": "#/$defs/variable" },
                "secretFile": { "$ref": "#/$defs/text", "description": "A file that holds what requests are signed with." },
                "secretVariable": { "$ref": "#/$defs/variable" },
                "tls": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["ca"],
                  "properties": { "ca": { "$ref": "#/$defs/text", "description": "Certificates in PEM format." } }
                }
              }
            },
            "reports": {
              "type": "object",
              "description": "Where the report of each run is kept.",
              "additionalProperties": false,
              "required": ["s3"],
              "properties": {
                "s3": {
                  "type": "string",
                  "pattern": "^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(.{0,200}/)?$",
                  "description": "A prefix, which ends with a slash."
                },
                "region": { "$ref": "#/$defs/region", "description": "Where the bucket is; by default AWS_REGION, or the profile's." },
                "objectLock": {
                  "type": "object",
                  "description": "For how long nobody may delete or replace a report; the bucket has to be made for it.",
                  "additionalProperties": false,
                  "required": ["mode", "days"],
                  "properties": {
                    "mode": { "enum": ["governance", "compliance"] },
                    "days": { "type": "integer", "minimum": 1, "maximum": 36500 }
                  }
                }
              }
            },
            "ring": { "type": "integer", "minimum": 0, "maximum": 1000000 },
            "brake": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "removals": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 10 },
                "percent": { "type": "integer", "minimum": 0, "maximum": 100, "default": 20 },
                "joins": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 100 }
              }
            },
            "roles": { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "$ref": "#/$defs/text" } },
            "groups": {
              "oneOf": [
                { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "$ref": "#/$defs/text" } },
                {
                  "type": "object",
                  "minProperties": 1,
                  "propertyNames": { "minLength": 1 },
                  "additionalProperties": {
                    "oneOf": [
                      { "$ref": "#/$defs/roles" },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["roles"],
                        "properties": { "id": { "$ref": "#/$defs/text" }, "roles": { "$ref": "#/$defs/roles" } }
                      }
                    ]
                  }
                }
              ]
            },
            "target": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "user", "groups"],
              "if": { "required": ["externalId"] },
              "then": { "required": ["roleArn"] },
              "oneOf": [
                {
                  "required": ["cluster"],
                  "properties": {
                    "instance": false, "tagged": false, "host": false, "engine": false, "port": false, "readers": false
                  }
                },
                {
                  "required": ["instance"],
                  "properties": {
                    "cluster": false, "tagged": false, "host": false, "engine": false, "port": false, "readers": false
                  }
                },
                {
                  "required": ["tagged"],
                  "properties": {
                    "cluster": false, "instance": false, "host": false, "engine": false, "port": false, "readers": false
                  }
                },
                {
                  "required": ["engine", "host"],
                  "properties": { "cluster": false, "instance": false, "tagged": false },
                  "if": { "properties": { "engine": { "enum": ["mysql"] } } },
                  "then": { "properties": { "database": false } },
                  "else": { "properties": { "accountHost": false } },
                  "oneOf": [
                    { "properties": { "login": false } },
                    { "required": ["login"], "properties": { "roleArn": false } }
                  ]
                }
              ],
              "properties": {
                "name": { "$ref": "#/$defs/name", "description": "What the target is called on the command line." },
                "mode": {
                  "enum": ["plan", "joins", "enforce"],
                  "default": "plan",
                  "description": "plan: only report. joins: grant, never remove. enforce: everything."
                },
                "ring": { "$ref": "#/$defs/ring", "default": 0, "description": "Targets in rings beyond that of rollout are only planned." },
                "cluster": { "$ref": "#/$defs/databaseId", "description": "A cluster in RDS, which is looked up." },
                "instance": { "$ref": "#/$defs/databaseId", "description": "An instance in RDS, which is looked up." },
                "tagged": {
                  "type": "object",
                  "minProperties": 1,
                  "additionalProperties": { "$ref": "#/$defs/text" },
                  "description": "Every cluster, and every instance in none, that carries all these tags is a target NAME/ID."
                },
                "engine": { "enum": ["postgres", "mysql"] },
                "host": { "$ref": "#/$defs/host", "description": "As it stands in the server's certificate." },
                "port": { "$ref": "#/$defs/port", "description": "By default 5432 for postgres, and 3306 for mysql." },
                "readers": {
                  "type": "array",
                  "description": "Instances that serve reads, each by its own endpoint; leavers' sessions end there, too.",
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["host"],
                    "properties": { "host": { "$ref": "#/$defs/host" }, "port": { "$ref": "#/$defs/port" } }
                  }
                },
                "database": {
                  "$ref": "#/$defs/text",
                  "default": "postgres",
                  "description": "For postgres only: the database that the provisioner connects to."
                },
                "accountHost": {
                  "type": "string",
                  "pattern": "^[A-Za-z0-9._%:/-]{1,255}$",
                  "default": "%",
                  "description": "For mysql only: the host part of the accounts, from where people may log in."
                },
                "region": { "$ref": "#/$defs/region", "description": "By default AWS_REGION." },
                "roleArn": {
                  "$ref": "#/$defs/roleArn",
                  "description": "A role to assume for looking the server up and for the login token."
                },
                "externalId": { "$ref": "#/$defs/text", "description": "The word that the role's owner asks for." },
                "user": { "$ref": "#/$defs/text", "description": "The provisioner's login." },
                "login": {
                  "description": "What the provisioner logs in with, if not with an IAM token.",
                  "oneOf": [
                    {
                      "type": "object",
                      "additionalProperties": false,
                      "required": ["passwordFile"],
                      "properties": { "passwordFile": { "$ref": "#/$defs/text" } }
                    },
                    {
                      "type": "object",
                      "additionalProperties": false,
                      "required": ["passwordVariable"],
                      "properties": { "passwordVariable": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" } }
                    }
                  ]
                },
                "tls": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["ca"],
                  "properties": { "ca": { "$ref": "#/$defs/text", "description": "Certificates in PEM format." } }
                },
                "groups": { "$ref": "#/$defs/groups", "description": "Groups and the roles that their members hold." },
                "leavers": {
                  "type": "object",
                  "additionalProperties": false,
                  "properties": {
                    "quarantine": { "type": "string", "pattern": "^[0-9]{1,6}[dh]$", "default": "30d" },
                    "then": { "enum": ["drop", "keep"], "default": "drop" }
                  }
                },
                "protect": { "$ref": "#/$defs/globs", "description": "Names that are never touched." },
                "ignore": { "$ref": "#/$defs/globs", "description": "IAM logins without a readable marker that are not reported." },
                "allowPrivileged": {
                  "type": "array",
                  "description": "Privileged roles that a group's members may hold all the same.",
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["role", "group", "maxMembers"],
                    "properties": {
                      "role": { "$ref": "#/$defs/text" },
                      "group": { "$ref": "#/$defs/text" },
                      "maxMembers": { "type": "integer", "minimum": 1, "maximum": 100000 }
                    }
                  }
                },
                "brake": { "$ref": "#/$defs/brake", "description": "Overrides the limits of the document." }
              }
            }
          }
        }
        """#
}
