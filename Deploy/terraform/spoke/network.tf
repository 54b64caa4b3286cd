# SPDX-License-Identifier: Apache-2.0

locals {
  makes_endpoints = local.has_vpc && var.create_vpc_endpoints

  # The services that the function calls, each with whether it does in this deployment. Without endpoints nobody asks: what this
  # depends on may be known after apply only.
  endpoints = !local.makes_endpoints ? {} : {
    rds    = true
    sqs    = true
    sns    = length(var.notify_topic_arns) > 0
    events = length(var.notify_bus_arns) > 0
  }
}

# To AWS over HTTPS, and to databases at the ports that they have by default, and at database_port. For others, give security_group_ids.
resource "aws_security_group" "function" {
  count = local.makes_security_group ? 1 : 0

  description = "The function of SSOSync ${var.owner} ${var.spoke_name}"
  vpc_id      = var.vpc_id

  dynamic "egress" {
    for_each = merge({ (var.database_port) = "Databases" }, { 443 = "AWS", 3306 = "MySQL", 5432 = "PostgreSQL" })
    content {
      description = egress.value
      protocol    = "tcp"
      from_port   = egress.key
      to_port     = egress.key
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  count = local.has_vpc ? length(var.database_security_group_ids) : 0

  security_group_id            = var.database_security_group_ids[count.index]
  description                  = "SSOSync ${var.owner} ${var.spoke_name}"
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
  referenced_security_group_id = local.security_group_ids[0]
}

resource "aws_security_group" "endpoints" {
  count = local.makes_endpoints ? 1 : 0

  description = "The VPC endpoints of SSOSync ${var.owner} ${var.spoke_name}"
  vpc_id      = var.vpc_id

  ingress {
    description     = "SSOSync"
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    security_groups = [local.security_group_ids[0]]
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset([for service, needed in local.endpoints : service if needed])

  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_id              = var.vpc_id
  subnet_ids          = var.subnet_ids
  security_group_ids  = aws_security_group.endpoints[*].id
  private_dns_enabled = true
}

resource "aws_vpc_endpoint" "bucket" {
  count = local.makes_endpoints && !var.s3_gateway_exists ? 1 : 0

  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_id            = var.vpc_id
  route_table_ids   = var.route_table_ids
}
