# SPDX-License-Identifier: Apache-2.0
#
# The same as the parameters of Deploy/cloudformation/hub.yaml, explained in Docs/deploy.md.

variable "owner" {
  description = "The deployment's name: the configuration's owner, which stands in every marker, and part of all names here"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$", var.owner))
    error_message = "owner: 1 to 24 letters, digits, - and _."
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
    condition     = contains([-1, 0], var.reserved_concurrency) || var.reserved_concurrency >= 4 && var.reserved_concurrency <= 1000
    error_message = "reserved_concurrency is -1, 0, or 4 to 1000."
  }
}

variable "schedule_minutes" {
  description = "Minutes from one full run to the next"
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = contains([5, 10, 15, 30, 60, 120, 180, 360, 720], var.schedule_minutes)
    error_message = "schedule_minutes: one of 5, 10, 15, 30, 60, 120, 180, 360, 720."
  }
}

variable "batch_window" {
  description = "Seconds for which events are gathered into one run"
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.batch_window >= 1 && var.batch_window <= 60
    error_message = "batch_window: 1 to 60."
  }
}

variable "directory_account_id" {
  description = "The account of IAM Identity Center, if that or its Region is another: makes a bus that takes events from there, sent by Deploy/terraform/directory"
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]{12})?$", var.directory_account_id))
    error_message = "directory_account_id: 12 digits."
  }
}

variable "identity_store_id" {
  description = "The identity store's id, as the configuration has it"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", var.identity_store_id))
    error_message = "identity_store_id: such as d-1234567890; aws sso-admin list-instances prints it."
  }
}

variable "identity_store_region" {
  description = "The Region of IAM Identity Center"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.identity_store_region))
    error_message = "identity_store_region: such as eu-west-1."
  }
}

variable "identity_store_kms_key_arn" {
  description = "The key of your own that the identity store is encrypted with"
  type        = string
  default     = ""
  nullable    = false
}

variable "reader_role_arn" {
  description = "The role to assume for reading the directory, as the configuration has it; empty for the function's own rights"
  type        = string
  default     = ""
  nullable    = false
}

variable "spoke_queue_arns" {
  description = "The spokes' queues: arn:aws:sqs:REGION:ACCOUNT:sso-sync-OWNER-SPOKE-messages for each; with many, patterns such as arn:aws:sqs:*:ACCOUNT:sso-sync-OWNER-*"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "spoke_account_ids" {
  description = "The accounts of the spokes, which may read the snapshot"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "copy_bucket_arns" {
  description = "The buckets in other Regions that get a copy of the snapshot"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "other_kms_key_arns" {
  description = "The keys of your own that spokes' queues and buckets in other Regions are encrypted with"
  type        = list(string)
  default     = []
  nullable    = false
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
  description = "Where in it, as the configuration has it; with the slash at its end"
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
  description = "A key of your own for queues, topic, log, environment and snapshot; Policies/key.json is what its policy needs"
  type        = string
  default     = ""
  nullable    = false
}

variable "alarm_email" {
  description = "Who gets mail about alarms and failures; has to confirm it"
  type        = string
  default     = ""
  nullable    = false
}

variable "tell_dead_letters" {
  description = "Whether each dead letter is told of, and taken out of its queue with that"
  type        = bool
  default     = false
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for all roles made here"
  type        = string
  default     = ""
  nullable    = false
}
