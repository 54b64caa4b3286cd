# SPDX-License-Identifier: Apache-2.0
#
# What the function may do.

resource "aws_iam_role" "function" {
  name_prefix          = "${substr(local.name, 0, 37)}-"
  description          = "What the function of SSOSync for ${var.owner} may do"
  permissions_boundary = var.permissions_boundary_arn != "" ? var.permissions_boundary_arn : null

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name   = "sso-sync"
  role   = aws_iam_role.function.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_iam_role_policy" "work" {
  for_each = merge(
    { function = aws_iam_role.function.id },
    var.create_control ? { control = aws_iam_role.control[0].id } : {},
  )

  name   = "sso-sync-work"
  role   = each.value
  policy = jsonencode({ Version = "2012-10-17", Statement = local.work })
}

locals {
  network_actions = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ]

  # An identity store's ARN has the account of the organization's instance.
  directory_arns = [
    "arn:${local.partition}:identitystore::*:identitystore/${var.identity_store_id}",
    "arn:${local.partition}:identitystore:::user/*",
    "arn:${local.partition}:identitystore:::group/*",
    "arn:${local.partition}:identitystore:::membership/*",
  ]

  # Of this and the next each part is a list of statements of one shape, or of none, so that they can be joined.
  statements = concat(
    [
      # Lambda writes what the function prints, figures included.
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.name}:*"
      },
      # Lambda's event sources take messages from both queues and delete them.
      {
        Sid      = "TakeEvents"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = [aws_sqs_queue.events.arn, aws_sqs_queue.everyone.arn]
      },
      # The function itself: SendMessage for the second reading and to hand on what has everyone read,
      # ChangeMessageVisibility for what has to wait.
      {
        Sid      = "PutEventsOff"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:ChangeMessageVisibility"]
        Resource = [aws_sqs_queue.events.arn, aws_sqs_queue.everyone.arn]
      },
      # Lambda's failure destination: hands full runs that could not be made to the function that tells people.
      {
        Sid      = "TellOfFailures"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = aws_lambda_function.notify.arn
      },
    ],
  )

  # What working on directory and targets takes, whichever function does it.
  work = concat(
    # S3's GetObject with a version id, once for each start of the function.
    [for bucket in compact([var.configuration_bucket]) : {
      Sid      = "ReadConfiguration"
      Effect   = "Allow"
      Action   = "s3:GetObjectVersion"
      Resource = "arn:${local.partition}:s3:::${bucket}/${var.configuration_key}"
    }],
    # S3 decrypts the configuration in the function's name.
    [for key in compact([var.configuration_kms_key_arn]) : {
      Sid       = "DecryptConfiguration"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = key
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
    }],
    # The Identity Store's calls, without a role to assume. Its ARN has the account of the organization's instance.
    [for arns in var.reader_role_arn == "" ? [local.directory_arns] : [] : {
      Sid    = "ReadDirectory"
      Effect = "Allow"
      Action = [
        "identitystore:ListUsers",
        "identitystore:DescribeUser",
        "identitystore:ListGroups",
        "identitystore:GetGroupId",
        "identitystore:ListGroupMemberships",
        "identitystore:IsMemberInGroups",
      ]
      Resource = arns
    }],
    # The Identity Store decrypts what it tells in the function's name.
    [for key in compact([var.identity_store_kms_key_arn]) : {
      Sid       = "DecryptDirectory"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = key
      Condition = { StringEquals = { "kms:ViaService" = "identitystore.${var.identity_store_region}.amazonaws.com" } }
    }],
    # STS's AssumeRole, for the directory in another account.
    [for role in compact([var.reader_role_arn]) : {
      Sid      = "BecomeReader"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = role
    }],
    # STS's AssumeRole, for targets in other accounts.
    [for roles in length(var.target_role_arns) > 0 ? [var.target_role_arns] : [] : {
      Sid      = "BecomeProvisioners"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = roles
    }],
    # RDS's calls that look a target up, with all that follows it, in whichever Region.
    [for _ in length(var.provisioner_arns) > 0 ? [true] : [] : {
      Sid    = "FindTargets"
      Effect = "Allow"
      Action = [
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstances",
        "rds:DescribeGlobalClusters",
        "rds:DescribeBlueGreenDeployments",
      ]
      Resource = [
        "arn:${local.partition}:rds:*:${local.account}:cluster:*",
        "arn:${local.partition}:rds:*:${local.account}:db:*",
        "arn:${local.partition}:rds::${local.account}:global-cluster:*",
        "arn:${local.partition}:rds:*:${local.account}:deployment:*",
      ]
    }],
    # No call: the database asks IAM whether the provisioner's login token may be used.
    [for arns in length(var.provisioner_arns) > 0 ? [var.provisioner_arns] : [] : {
      Sid      = "LogInAsProvisioner"
      Effect   = "Allow"
      Action   = "rds-db:connect"
      Resource = arns
    }],
    # SNS's Publish, for notifiers.
    [for arns in length(var.notify_topic_arns) > 0 ? [var.notify_topic_arns] : [] : {
      Sid      = "NotifyTopics"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = arns
    }],
    # EventBridge's PutEvents, for notifiers.
    [for arns in length(var.notify_bus_arns) > 0 ? [var.notify_bus_arns] : [] : {
      Sid      = "NotifyBuses"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = arns
    }],
    # S3's PutObject, for the report of each run: with If-None-Match, so that none that is there is replaced.
    [for bucket in compact([var.reports_bucket]) : {
      Sid       = "KeepReports"
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = "arn:${local.partition}:s3:::${bucket}/${var.reports_prefix}*"
      Condition = { Null = { "s3:if-none-match" = "false" } }
    }],
    # No call of its own: a PutObject that asks for an object lock.
    [for bucket in compact([var.reports_bucket]) : {
      Sid      = "LockReports"
      Effect   = "Allow"
      Action   = "s3:PutObjectRetention"
      Resource = "arn:${local.partition}:s3:::${bucket}/${var.reports_prefix}*"
    }],
    # S3 encrypts reports in the function's name.
    [for key in compact([var.reports_kms_key_arn]) : {
      Sid       = "EncryptReports"
      Effect    = "Allow"
      Action    = "kms:GenerateDataKey"
      Resource  = key
      Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } }
    }],
    # SQS and SNS use the key of your own in the function's name.
    [for key in compact([var.kms_key_arn]) : {
      Sid      = "UseKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = key
      Condition = { StringEquals = {
        "kms:ViaService" = ["sqs.${local.region}.amazonaws.com", "sns.${local.region}.amazonaws.com"]
      } }
    }],
    # Lambda decrypts the environment with it when the function starts.
    [for key in compact([var.kms_key_arn]) : {
      Sid      = "DecryptEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = key
      Condition = { StringLike = {
        "kms:EncryptionContext:aws:lambda:FunctionArn" = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.name}*"
      } }
    }],
    # Lambda's network interfaces in the VPC: these calls cannot be allowed on less.
    [for _ in local.has_vpc ? [true] : [] : {
      Sid      = "AttachToVpc"
      Effect   = "Allow"
      Action   = local.network_actions
      Resource = "*"
    }],
    # They are for Lambda, not for the function's code.
    [for _ in local.has_vpc ? [true] : [] : {
      Sid      = "KeepCodeFromVpc"
      Effect   = "Deny"
      Action   = local.network_actions
      Resource = "*"
      Condition = { ArnEquals = {
        "lambda:SourceFunctionArn" = [for name in [local.name, "${local.name}-control"] :
          "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${name}"
        ]
      } }
    }],
  )
}
