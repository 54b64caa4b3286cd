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
  description = "The topic that alarms are told to"
  type        = string
  default     = ""
  nullable    = false
}
