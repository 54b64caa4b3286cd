# SPDX-License-Identifier: Apache-2.0
#
# The same as the parameters of Deploy/cloudformation/events.yaml.

variable "owner" {
  description = "The deployment's name"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$", var.owner))
    error_message = "owner: 1 to 24 letters, digits, - and _."
  }
}

variable "alarm_topic_arn" {
  description = "The topic that alarms are told to, in this Region"
  type        = string
  default     = ""
  nullable    = false
}

variable "kms_key_arn" {
  description = "A key of your own for the queues; Policies/README.md says what its policy needs"
  type        = string
  default     = ""
  nullable    = false
}
