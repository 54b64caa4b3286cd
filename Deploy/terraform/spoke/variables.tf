# SPDX-License-Identifier: Apache-2.0
#
# The same as the parameters of Deploy/cloudformation/spoke.yaml, explained in Docs/deploy.md.

variable "owner" {
  description = "The deployment's name: the configuration's owner, which stands in every marker, and part of all names here"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$", var.owner))
    error_message = "owner: 1 to 24 letters, digits, - and _."
  }
}

variable "spoke_name" {
  description = "The spoke's name, as the hub's configuration has it, and part of all names here: one for each account, Region and VPC"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,21}$", var.spoke_name)) && !can(regex("^([0-9]{4}|hub|directory|(.*-)?(control|notify))$", var.spoke_name))
    error_message = "spoke_name: 1 to 22 letters, digits, - and _, and neither hub, directory, control, notify, what ends with -control or -notify, nor the name of a year."
  }
}

variable "code_bucket" {
  description = "The bucket that has the function's zip, in this Region"
  type        = string
  nullable    = false
}

variable "code_key" {
  description = "The zip's key"
  type        = string
  nullable    = false
}

variable "code_version" {
  description = "The zip's version id, so that it cannot change under the function"
  type        = string
  nullable    = false

  validation {
    condition     = length(var.code_version) >= 1
    error_message = "code_version: at least one character."
  }
}

variable "configuration_bucket" {
  description = "The bucket that has the configuration, in this Region; empty if it is in the zip"
  type        = string
  default     = ""
  nullable    = false
}

variable "configuration_key" {
  description = "The configuration's key; without a bucket its path in the zip"
  type        = string
  default     = "sso-sync.json"
  nullable    = false
}

variable "configuration_version" {
  description = "The configuration's version id in the bucket"
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = (var.configuration_bucket == "") == (var.configuration_version == "")
    error_message = "configuration_version goes with configuration_bucket."
  }
}

variable "configuration_sha256" {
  description = "The configuration's SHA-256: the function takes no other"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.configuration_sha256))
    error_message = "configuration_sha256: 64 hexadecimal digits in small letters, as sha256sum prints them."
  }
}

variable "configuration_kms_key_arn" {
  description = "The key of your own that the configuration is encrypted with in S3"
  type        = string
  default     = ""
  nullable    = false
}

variable "release" {
  description = "Another word here publishes another version, if what changed is none of code, configuration, memory, time and architecture"
  type        = string
  default     = "1"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,40}$", var.release))
    error_message = "release: letters, digits, ., _ and -, 40 at most."
  }
}

variable "architecture" {
  description = "What the zip was built for"
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture: one of x86_64, arm64."
  }
}

variable "memory_size" {
  description = "Memory in MB; processor time goes with it"
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size: 128 to 10240."
  }
}

variable "timeout" {
  description = "Seconds that one run may take"
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = contains([60, 120, 300, 600, 900], var.timeout)
    error_message = "timeout: one of 60, 120, 300, 600, 900."
  }
}

variable "reserved_concurrency" {
  description = "How many of the function may run at a time, which are kept free for it; -1 for what the account has left, 0 to stop it"
  type        = number
  default     = -1
  nullable    = false

  validation {
    condition     = contains([-1, 0], var.reserved_concurrency) || var.reserved_concurrency >= var.maximum_concurrency && var.reserved_concurrency <= 1000
    error_message = "reserved_concurrency is -1, 0, or maximum_concurrency to 1000."
  }
}

variable "schedule_minutes" {
  description = "Minutes from one full run to the next, as the hub has them: for alarms"
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = contains([5, 10, 15, 30, 60, 120, 180, 360, 720], var.schedule_minutes)
    error_message = "schedule_minutes: one of 5, 10, 15, 30, 60, 120, 180, 360, 720."
  }
}

variable "batch_window" {
  description = "Seconds for which messages are gathered into one run; more would let nobody in by an event, which may be a minute old at most"
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.batch_window >= 1 && var.batch_window <= 20
    error_message = "batch_window: 1 to 20."
  }
}

variable "batch_size" {
  description = "Messages that one worker takes at once; in a full run there is one for each target"
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 1000
    error_message = "batch_size: 1 to 1000."
  }
}

variable "maximum_concurrency" {
  description = "Workers at a time; more of them with a smaller BatchSize share the targets out"
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000
    error_message = "maximum_concurrency: 2 to 1000."
  }
}

variable "hub_role_arn" {
  description = "The hub's role, its output RoleArn: nobody else may send messages"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.hub_role_arn))
    error_message = "hub_role_arn: such as arn:aws:iam::111111111111:role/sso-sync-prod-hub-Role-ABCDEFGHIJKL."
  }
}

variable "snapshot_bucket" {
  description = "The bucket that has snapshot.json, in this Region"
  type        = string
  nullable    = false

  validation {
    condition     = length(var.snapshot_bucket) >= 3
    error_message = "snapshot_bucket: at least 3 characters."
  }
}

variable "snapshot_kms_key_arn" {
  description = "The key of your own that the snapshot is encrypted with"
  type        = string
  default     = ""
  nullable    = false
}

variable "provisioner_arns" {
  description = "The provisioner's logins: arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/USER for each target, and its readers; with more than 40, arn:aws:rds-db:REGION:ACCOUNT:dbuser:*/USER"
  type        = list(string)
  default     = []
  nullable    = false

  # What is left for it in a role with everything else: 60 ARNs.
  validation {
    condition     = length(jsonencode(var.provisioner_arns)) <= 5900
    error_message = "provisioner_arns: 5900 characters at most; with many targets arn:aws:rds-db:REGION:ACCOUNT:dbuser:*/USER."
  }
}

variable "notify_topic_arns" {
  description = "The topics that the configuration's notifiers publish to; encrypted with KmsKeyArn, if with a key of your own"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "notify_bus_arns" {
  description = "The event buses that the configuration's notifiers put events on"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "reports_bucket" {
  description = "The bucket that reports are kept in, as the configuration has it; without one sso-sync fleet has nothing to read"
  type        = string
  default     = ""
  nullable    = false
}

variable "reports_prefix" {
  description = "What the configuration has before SPOKE/: the spoke keeps its reports in a folder of its name; with the slash at its end"
  type        = string
  default     = "reports/"
  nullable    = false

  validation {
    condition     = can(regex("^([A-Za-z0-9._-]+/)*$", var.reports_prefix))
    error_message = "reports_prefix: such as reports/; nothing for the whole bucket."
  }
}

variable "reports_kms_key_arn" {
  description = "The key of your own that reports are encrypted with"
  type        = string
  default     = ""
  nullable    = false
}

variable "vpc_id" {
  description = "The VPC from which the databases can be reached; for a security group or endpoints that are made here"
  type        = string
  default     = ""
  nullable    = false
}

variable "subnet_ids" {
  description = "The function's subnets; empty for no VPC"
  type        = list(string)
  default     = []
  nullable    = false

  # All that concerns several of them stands here: two variables that look at each other are a cycle for Terraform.
  validation {
    condition     = var.vpc_id == "" || length(var.subnet_ids) > 0
    error_message = "vpc_id needs subnet_ids."
  }
  validation {
    condition     = length(var.subnet_ids) == 0 || length(var.security_group_ids) > 0 || var.vpc_id != ""
    error_message = "subnet_ids needs vpc_id or security_group_ids."
  }
  validation {
    condition     = length(var.security_group_ids) == 0 || length(var.subnet_ids) > 0
    error_message = "security_group_ids needs subnet_ids."
  }
  validation {
    condition     = length(var.database_security_group_ids) == 0 || length(var.subnet_ids) > 0
    error_message = "database_security_group_ids needs subnet_ids."
  }
}

variable "security_group_ids" {
  description = "The function's security groups; empty to make one"
  type        = list(string)
  default     = []
  nullable    = false
}

# A list: how many there are is known before a group that the same apply makes has an id.
variable "database_security_group_ids" {
  description = "Databases' security groups, which are to let the function in at database_port"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "database_port" {
  description = "The port that database_security_group_ids opens, and to which a security group made here lets the function"
  type        = number
  default     = 5432
  nullable    = false

  validation {
    condition     = var.database_port >= 1 && var.database_port <= 65535
    error_message = "database_port: 1 to 65535."
  }
}

variable "create_vpc_endpoints" {
  description = "Whether to make the endpoints that the function needs in a VPC without a NAT gateway"
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.create_vpc_endpoints || var.vpc_id != ""
    error_message = "create_vpc_endpoints needs vpc_id."
  }
}

variable "route_table_ids" {
  description = "The subnets' route tables, for the endpoint of S3"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = !var.create_vpc_endpoints || length(var.route_table_ids) > 0 || var.s3_gateway_exists
    error_message = "create_vpc_endpoints needs route_table_ids or s3_gateway_exists, for the snapshot."
  }
}

variable "s3_gateway_exists" {
  description = "Whether the subnets have an endpoint of S3 already, so that CreateVpcEndpoints makes none"
  type        = bool
  default     = false
  nullable    = false
}

variable "create_control" {
  description = "Whether to make the function in the role control, for people who may invoke it"
  type        = bool
  default     = false
  nullable    = false
}

variable "log_retention_days" {
  description = "How many days the log is kept"
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days: one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "kms_key_arn" {
  description = "A key of your own for queues, topic, log and environment; Policies/key.json is what its policy needs"
  type        = string
  default     = ""
  nullable    = false
}

variable "alarm_email" {
  description = "Who gets mail about alarms; has to confirm it"
  type        = string
  default     = ""
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for all roles made here"
  type        = string
  default     = ""
  nullable    = false
}
