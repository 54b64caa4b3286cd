# SPDX-License-Identifier: Apache-2.0
#
# The same as the parameters of Deploy/cloudformation/directory.yaml.

variable "owner" {
  description = "The deployment's name"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$", var.owner))
    error_message = "owner: 1 to 24 letters, digits, - and _."
  }
}

variable "bus_arn" {
  description = "The function's bus: its output directory_bus_arn"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/.+$", var.bus_arn))
    error_message = "bus_arn: such as arn:aws:events:eu-west-1:111111111111:event-bus/sso-sync-prod."
  }
}

variable "alarm_topic_arn" {
  description = "The topic that alarms are told to, in this Region"
  type        = string
  default     = ""
  nullable    = false
}

variable "kms_key_arn" {
  description = "A key of your own for the queue of events that could not be sent; Policies/README.md says what its policy needs"
  type        = string
  default     = ""
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for the rules' role"
  type        = string
  default     = ""
  nullable    = false
}
