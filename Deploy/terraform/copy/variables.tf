# SPDX-License-Identifier: Apache-2.0
#
# The same as the parameters of Deploy/cloudformation/copy.yaml.

variable "spoke_account_ids" {
  description = "The accounts of the spokes in this Region, which may read the copy"
  type        = list(string)
  default     = []
  nullable    = false
}

variable "kms_key_arn" {
  description = "A key of your own in this Region for the bucket; Policies/README.md says what its policy needs"
  type        = string
  default     = ""
  nullable    = false
}
