import 'reflect-metadata';
import {
  Body,
  Controller,
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Param,
  ParseUUIDPipe,
  Patch,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import {
  Column,
  CreateDateColumn,
  Entity,
  PrimaryColumn,
  type Repository,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';

// What the tutorials of NestJS and TypeORM build: a repository, `findOneBy`, assign, `save`, and a ValidationPipe with
// class-validator. It has neither authentication nor a history, and stands on Fastify rather than on Express.

@Entity('users')
class User {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @VersionColumn()
  version!: number;

  @Column('text', { name: 'user_name' })
  username!: string;

  @Column('text', { name: 'name_given_name', nullable: true })
  first_name!: string | null;

  @Column('text', { name: 'name_family_name', nullable: true })
  last_name!: string | null;

  @Column('jsonb', { nullable: true })
  emails!: object[] | null;

  @Column('jsonb', { nullable: true })
  roles!: object[] | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  created_at!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updated_at!: Date;
}

class UpdateUserDto {
  @IsOptional()
  @IsString()
  @MaxLength(255)
  username?: string;

  @IsOptional()
  @IsString()
  @MaxLength(4096)
  first_name?: string;

  @IsOptional()
  @IsString()
  @MaxLength(4096)
  last_name?: string;
}

const { DATABASE_URL, TENANT_ID } = process.env;

@Injectable()
class UsersService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  async update(id: string, changes: UpdateUserDto): Promise<User> {
    const user = await this.users.findOneBy({ tenantId: TENANT_ID!, id });
    if (!user) throw new NotFoundException();
    Object.assign(user, changes);
    return this.users.save(user);
  }
}

@Controller('users')
class UsersController {
  constructor(@Inject(UsersService) private readonly users: UsersService) {}

  @Patch(':id')
  update(@Param('id', ParseUUIDPipe) id: string, @Body() changes: UpdateUserDto): Promise<User> {
    return this.users.update(id, changes);
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: DATABASE_URL!, entities: [User], poolSize: 8 }),
    TypeOrmModule.forFeature([User]),
  ],
  controllers: [UsersController],
  providers: [UsersService],
})
// oxlint-disable-next-line typescript/no-extraneous-class -- Nest's modules are classes, and the tutorials' are empty
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(`${await app.getUrl()}\n`);
